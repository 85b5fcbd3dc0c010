using System.Text;

namespace Slipway.E2E;

/// <summary>guestinfo through VMware's tools, which a strict stand-in plays: the hypervisor cannot be had here.</summary>
public sealed class GuestInfoTests : IAsyncDisposable
{
    private const string Values = "/run/slipway-standin/guestinfo";
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("vmtoolsd")]
    [InlineData("vmware-rpctool")]
    public async Task A_node_joins_with_what_the_tools_give(string tool)
    {
        await using var world = await World.StartAsync(network.HostAddress);
        await using var node = await BootAsync(world, tool);
        await node.WriteAsync($"{Values}/userdata", Convert.ToBase64String(Encoding.UTF8.GetBytes(UserData.NodeConfig(world))));
        await node.WriteAsync($"{Values}/userdata.encoding", "base64");
        var run = await node.RunAsync("slipway run --config-source guestinfo:", Node.JoinTime);
        Assert.True(run.Exit == 0, run.Output);
        Assert.Contains("configuration from guestinfo:", run.Output, StringComparison.Ordinal);
        Assert.Contains("verified member", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Absent_unreachable_and_malformed_are_three_outcomes()
    {
        await using var world = await World.StartAsync(network.HostAddress);
        await using var node = await BootAsync(world, "vmtoolsd");
        const string Check = "slipway config check --config-source guestinfo:";

        var absent = await node.RunAsync(Check);
        Assert.True(absent.Exit == 78 && absent.Output.Contains("config.source-empty", StringComparison.Ordinal), absent.Output);

        await node.WriteAsync($"{Values}/userdata", "not base64!");
        await node.WriteAsync($"{Values}/userdata.encoding", "base64");
        var malformed = await node.RunAsync(Check);
        Assert.True(malformed.Exit == 78 && malformed.Output.Contains("config.base64-invalid", StringComparison.Ordinal), malformed.Output);

        await node.WriteAsync($"{Values}/.denied", "");
        var denied = await node.RunAsync(Check);
        Assert.True(denied.Exit == 75 && denied.Output.Contains("guestinfo.unreachable", StringComparison.Ordinal), denied.Output);
    }

    private async Task<Container> BootAsync(World world, string tool)
    {
        var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files =
            [
                .. Agent.Files,
                new GuestFile.Copy($"/usr/bin/{tool}", Path.Join(Agent.Repository, "tests/stubs/vmware-tools.sh"), GuestFile.Program),
                new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile),
            ],
            UserData = "#cloud-config\nhostname: worker-1\n",
            Ports = world.Ports,
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        return node;
    }
}
