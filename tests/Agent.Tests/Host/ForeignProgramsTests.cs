using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>Programs of others run inside the node's root, with the variables that they need. What systemd makes of them is shown by a machine that boots.</summary>
[Collection(nameof(PackageTree))]
public sealed class ForeignProgramsTests
{
    [Fact]
    public async Task Below_another_root_a_program_runs_inside_it()
    {
        using var tree = new AptTree();
        tree.Node.Put("/etc/where", "inside");
        var ended = Assert.IsType<CommandResult.Ended>(await tree.Node.Host.Foreign.RunAsync(
            new Command("sh", "-c", "cat /etc/where; echo \" $0 $MINE $HOME\"; read -r line || echo no input; exit 3", "$HOME") { Environment = ["MINE=a=b c"] }, Ct));
        Assert.Equal((3, "inside $HOME a=b c /root\nno input"), (ended.ExitCode, ended.Output.Trim()));
    }

    [Fact]
    public async Task Below_another_root_a_program_that_takes_too_long_ends_with_its_children()
    {
        using var tree = new AptTree();
        var late = Assert.IsType<CommandResult.TimedOut>(await tree.Node.Host.Foreign.RunAsync(
            new Command("sh", "-c", "trap '' TERM; sleep 4711 & echo $!; wait; wait") { Deadline = TimeSpan.FromSeconds(1) }, Ct));
        // Dead, though perhaps nobody has asked yet how it ended.
        var status = $"/proc/{Assert.Single(late.LastLines)}/status";
        Assert.True(!File.Exists(status) || (await File.ReadAllTextAsync(status, Ct)).Contains("State:\tZ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_killed_agent_left_of_a_programs_environment_goes_with_the_next_that_has_the_node()
    {
        using var node = new Node();
        node.Put("/run/slipway/slipway-run-apt-get-4711-1.service.env", "https_proxy=\"http://user:secret@proxy\"");
        node.Put("/run/slipway/.slipway-run-apt-get-4711-2.service.env.slipway-new", "https_proxy=");
        node.Put("/run/slipway/status.json", "{}");
        Slipway.Engine.NodeLock.Take(node.Files, "boot", "run").Dispose();
        Assert.Equal(["lock", "status.json"], node.Files.List("/run/slipway"));
    }

    [Fact]
    public async Task Where_no_systemd_runs_a_program_runs_directly()
    {
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd runs here");
        var host = Slipway.Hosting.Host.Open("/", Serilog.Core.Logger.None);
        var ended = Assert.IsType<CommandResult.Ended>(await host.Foreign.RunAsync(new Command("sh", "-c", "echo $PPID"), Ct));
        Assert.Equal(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), ended.Output.Trim());
        Assert.Contains("no-such-program", Assert.IsType<CommandResult.NotStarted>(await host.Foreign.RunAsync(new Command("no-such-program"), Ct)).Describe(), StringComparison.Ordinal);
    }
}
