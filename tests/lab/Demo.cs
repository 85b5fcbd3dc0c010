using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>The whole story in one run: a machine powers on and joins, by the agent or by the plain shell script it is measured against.</summary>
internal static class Demo
{
    private static readonly TimeSpan BootDeadline = TimeSpan.FromMinutes(3), JoinDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Boots a VM with the agent; 0 when the node joined.</summary>
    public static async Task<int> RunAsync(string agent, string? packaging)
    {
        await using World world = await Verbs.Timed("mirror and control plane", World.StartAsync()).ConfigureAwait(false);
        VmOptions options = new() { Files = GuestFile.ForAgent(agent, packaging), UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock) };
        await using Vm vm = await Verbs.Timed("disks", Vm.CreateAsync(options)).ConfigureAwait(false);
        await BootAsync(vm).ConfigureAwait(false);
        return await WatchAsync(vm, world).ConfigureAwait(false);
    }

    /// <summary>The same in a container.</summary>
    public static async Task<int> RunContainerAsync(string agent, string? packaging)
    {
        using ContainerNetwork network = ContainerNetwork.Take();
        await using World world = await World.StartAsync(network.HostAddress).ConfigureAwait(false);
        ContainerOptions options = new() { Files = GuestFile.ForAgent(agent, packaging), UserData = UserData.CloudConfig(UserData.NodeConfig(world), world.Lock), Ports = world.Ports };
        await using Container container = await Container.CreateAsync(network, options).ConfigureAwait(false);
        await Verbs.Timed("container up", Started(container.StartAsync(BootDeadline))).ConfigureAwait(false);
        return await WatchAsync(container, world).ConfigureAwait(false);
    }

    private static async Task<int> WatchAsync(Machine machine, World world)
    {
        using CancellationTokenSource done = new();
        Task journal = machine.FollowJournalAsync("slipway", Console.WriteLine, done.Token);
        string state = await machine.WaitForUnitAsync("slipway", JoinDeadline).ConfigureAwait(false);
        await Task.Delay(1000).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await journal.ConfigureAwait(false);
        Console.WriteLine($"\n[lab] slipway.service: {state}, {await machine.UnitAsync("slipway", "Result").ConfigureAwait(false)}");
        ShowNodes(world);
        int worst = state == "failed" ? 1 : 0;
        foreach (string verb in new[] { "status", "plan" })
        {
            Outcome outcome = await machine.RunAsync($"slipway {verb}").ConfigureAwait(false);
            Console.WriteLine($"\n# slipway {verb}\n{outcome.Output.TrimEnd()}");
            worst = outcome.Exit != 0 ? 1 : worst;
        }
        return world.ControlPlane is { Nodes.Count: 0 } ? 1 : worst;
    }

    /// <summary>Boots without the agent and does its job with a shell script; prints the seconds that took.</summary>
    /// <param name="release">What to install.</param>
    public static async Task<int> BaselineAsync(Release release)
    {
        await using World world = await World.StartAsync(release: release).ConfigureAwait(false);
        VmOptions options = new() { Files = [Script], UserData = UserData.CloudConfig("# none", world.Lock) };
        await using Vm vm = await Verbs.Timed("disks", Vm.CreateAsync(options)).ConfigureAwait(false);
        await BootAsync(vm).ConfigureAwait(false);
        await vm.WaitForAsync("cloud-init status --wait >/dev/null; systemctl is-active network-online.target", BootDeadline).ConfigureAwait(false);
        return await JoinAsync(vm, world).ConfigureAwait(false);
    }

    /// <summary>The same in a container.</summary>
    public static async Task<int> ContainerBaselineAsync(Release release)
    {
        using ContainerNetwork network = ContainerNetwork.Take();
        await using World world = await World.StartAsync(network.HostAddress, release).ConfigureAwait(false);
        ContainerOptions options = new() { Files = [Script, new GuestFile.Text(UserData.LockPath, world.Lock, GuestFile.PublicFile)], Ports = world.Ports };
        await using Container container = await Verbs.Timed("overlay", Container.CreateAsync(network, options)).ConfigureAwait(false);
        await Verbs.Timed("container up", Started(container.StartAsync(BootDeadline))).ConfigureAwait(false);
        return await JoinAsync(container, world).ConfigureAwait(false);
    }

    private static GuestFile Script =>
        new GuestFile.Copy("/usr/local/sbin/baseline", Path.Combine(LabCache.Repository, "tests", "lab", "baseline.sh"), GuestFile.Program);

    private static async Task<bool> Started(Task work)
    {
        await work.ConfigureAwait(false);
        return true;
    }

    private static async Task<int> JoinAsync(Machine machine, World world)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = await machine.RunAsync($"baseline {world.MirrorUrl} {UserData.LockPath} {world.Endpoint} {world.Token} {world.CaHash} worker-1", JoinDeadline).ConfigureAwait(false);
        Console.WriteLine(outcome.Output);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"[lab] baseline: exit {outcome.Exit} after {clock.Elapsed.TotalSeconds:0.0} s"));
        ShowNodes(world);
        return outcome.Exit;
    }

    private static void ShowNodes(World world)
    {
        foreach (NodeState node in world.ControlPlane?.Nodes.Values ?? [])
        {
            Console.WriteLine(
                $"[lab] the cluster has Node {node.Name}: kubelet {node.KubeletVersion}, {node.RuntimeVersion}, Ready={node.Ready}, addresses {string.Join(' ', node.InternalIps)}");
        }
    }

    private static async Task BootAsync(Vm vm)
    {
        Stopwatch clock = Stopwatch.StartNew();
        await vm.StartAsync().ConfigureAwait(false);
        await vm.WaitForShellAsync(BootDeadline).ConfigureAwait(false);
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"[lab] power on to shell: {clock.Elapsed.TotalSeconds:0.0} s")).ConfigureAwait(false);
    }
}
