using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>The whole story in one run: a machine powers on and joins, by the agent or by the plain shell script it is measured against.</summary>
internal static class Demo
{
    private static readonly TimeSpan BootDeadline = TimeSpan.FromMinutes(3), JoinDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Boots with the agent; 0 when the node joined.</summary>
    public static async Task<int> RunAsync(string agent, string? packaging)
    {
        await using World world = await Verbs.Timed("mirror and control plane", World.StartAsync()).ConfigureAwait(false);
        VmOptions options = new() { Files = GuestFile.ForAgent(agent, packaging), UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock) };
        await using Vm vm = await Verbs.Timed("disks", Vm.CreateAsync(options)).ConfigureAwait(false);
        await BootAsync(vm).ConfigureAwait(false);
        using CancellationTokenSource done = new();
        Task journal = vm.FollowJournalAsync("slipway", Console.WriteLine, done.Token);
        string state = await vm.WaitForUnitAsync("slipway", JoinDeadline).ConfigureAwait(false);
        await Task.Delay(1000).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await journal.ConfigureAwait(false);
        Console.WriteLine($"\n[lab] slipway.service: {state}, {await vm.UnitAsync("slipway", "Result").ConfigureAwait(false)}");
        foreach (NodeState node in world.ControlPlane?.Nodes.Values ?? [])
        {
            Console.WriteLine($"[lab] the cluster has Node {node.Name}: kubelet {node.KubeletVersion}, {node.RuntimeVersion}, Ready={node.Ready}, addresses {string.Join(' ', node.InternalIps)}");
        }
        int worst = state == "failed" ? 1 : 0;
        foreach (string verb in new[] { "status", "plan" })
        {
            Outcome outcome = await vm.RunAsync($"slipway {verb}").ConfigureAwait(false);
            Console.WriteLine($"\n# slipway {verb}\n{outcome.Output.TrimEnd()}");
            worst = outcome.Exit != 0 ? 1 : worst;
        }
        return world.ControlPlane is { Nodes.Count: 0 } ? 1 : worst;
    }

    /// <summary>Boots without the agent and does its job with a shell script; prints the seconds that took.</summary>
    public static async Task<int> BaselineAsync()
    {
        await using World world = await World.StartAsync().ConfigureAwait(false);
        string script = Path.Combine(LabCache.Repository, "tests", "lab", "baseline.sh");
        VmOptions options = new() { Files = [new GuestFile.Copy("/usr/local/sbin/baseline", script, GuestFile.Program)], UserData = UserData.CloudConfig("# none", world.Lock) };
        await using Vm vm = await Verbs.Timed("disks", Vm.CreateAsync(options)).ConfigureAwait(false);
        await BootAsync(vm).ConfigureAwait(false);
        await vm.WaitForAsync("cloud-init status --wait >/dev/null; systemctl is-active network-online.target", BootDeadline).ConfigureAwait(false);
        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = await vm.RunAsync($"baseline {world.MirrorUrl} {UserData.LockPath} {world.Endpoint} {world.Token} {world.CaHash} worker-1", JoinDeadline).ConfigureAwait(false);
        Console.WriteLine(outcome.Output);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[lab] baseline: exit {outcome.Exit} after {clock.Elapsed.TotalSeconds:0.0} s"));
        foreach (NodeState node in world.ControlPlane?.Nodes.Values ?? [])
        {
            Console.WriteLine($"[lab] the cluster has Node {node.Name}: kubelet {node.KubeletVersion}, {node.RuntimeVersion}, Ready={node.Ready}, addresses {string.Join(' ', node.InternalIps)}");
        }
        return outcome.Exit;
    }

    private static async Task BootAsync(Vm vm)
    {
        Stopwatch clock = Stopwatch.StartNew();
        await vm.StartAsync().ConfigureAwait(false);
        await vm.WaitForShellAsync(BootDeadline).ConfigureAwait(false);
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"[lab] power on to shell: {clock.Elapsed.TotalSeconds:0.0} s")).ConfigureAwait(false);
    }
}
