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

    [Fact]
    public async Task Redacted_user_data_is_saved_first_and_a_power_cut_after_that_costs_nothing()
    {
        const string Kept = "/var/lib/slipway-standin/guestinfo";
        await using var world = await World.StartAsync(network.HostAddress);
        Assert.SkipWhen(world.Mirror is null, "a real mirror cannot be slowed down");
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Files =
            [
                .. Agent.Files,
                new GuestFile.Copy("/usr/bin/vmtoolsd", Path.Join(Agent.Repository, "tests/stubs/vmware-tools.sh"), GuestFile.Program),
                new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile),
                new GuestFile.Text($"{Kept}/userdata", Convert.ToBase64String(Documents.Gzip(UserData.NodeConfig(world, more: "  report: {redact: true}"))), GuestFile.PublicFile),
                new GuestFile.Text($"{Kept}/userdata.encoding", "gzip+base64", GuestFile.PublicFile),
                new GuestFile.Text($"{Kept}/metadata", "instance-id: vm-1\nlocal-hostname: worker-1\n", GuestFile.PublicFile),
                // What is taken out of guestinfo has to be on the disk by then, for root alone.
                new GuestFile.Text($"{Kept}/.before-set", "#!/bin/sh\n[ \"$1\" != userdata ] || stat -c %a /var/lib/slipway/config.json >/var/lib/slipway-standin/saved\n", GuestFile.Program),
            ],
            Dmi = new Dictionary<string, string>
            {
                ["sys_vendor"] = "VMware, Inc.",
                ["product_name"] = "VMware7,1",
                ["product_uuid"] = "564d0000-0000-4000-8000-000000000001",
            },
            Ports = world.Ports,
        });
        world.Mirror.Break("", new Fault.Throttled(1 << 20));
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForAgentAsync($"grep -qx -e --- {Kept}/userdata && grep -q . {Kept}/slipway.status && find /var/lib/slipway/cache -name '*.part' | grep -q .");
        Assert.Equal("600", await node.CheckAsync("cat /var/lib/slipway-standin/saved"));
        Assert.Equal("", (await node.CheckAsync($"cat {Kept}/userdata.encoding")).Trim());
        Assert.Contains("phase=", await node.CheckAsync($"cat {Kept}/slipway.status"), StringComparison.Ordinal);
        Assert.Empty(world.ControlPlane!.SigningRequests);

        await node.StopAsync();
        world.Mirror.Heal();
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);
        Assert.Contains("going on with the configuration accepted before, from guestinfo:", await node.JournalAsync("slipway"), StringComparison.Ordinal);
        Assert.Matches("^phase=Joined;code=;sha256=[0-9a-f]{64}$", await node.CheckAsync($"cat {Kept}/slipway.status"));
        await node.AssertKeepsSecretAsync(world.Token, joined: true);

        // What is put there on a node that has joined was never saved: it is drift, and stays where it is.
        await node.CheckAsync($"printf '' >{Kept}/userdata.encoding");
        await node.WriteAsync($"{Kept}/userdata", UserData.NodeConfig(world, more: "  report: {redact: true}\n  system: {modules: [dummy]}"));
        var other = await node.RunAsync("slipway run");
        Assert.True(other.Exit == 0 && other.Output.Contains("drift: the configuration of guestinfo:", StringComparison.Ordinal), other.Output);
        Assert.Contains("dummy", await node.CheckAsync($"cat {Kept}/userdata"), StringComparison.Ordinal);
        await node.WriteAsync($"{Kept}/userdata", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {nod: {}}\n");
        var broken = await node.RunAsync("slipway run");
        Assert.True(broken.Exit == 0 && broken.Output.Contains("drift: the configuration cannot be read now", StringComparison.Ordinal), broken.Output);
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
