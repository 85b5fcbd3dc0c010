using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>What a person, and packaging/demo.sh, can ask of the lab.</summary>
internal static class Verbs
{
    private const string Help = """
        slipway-lab: what the agent meets in a test, by hand
          stubs                         publish the stand-ins; prints the program's path
          repack                        lay out both mirrors; prints folders and versions
          tree                          build the node's trees (Debian 13 and 12) and their disk images
          serve                         mirror and control plane until interrupted; prints what a node needs to know
          baseline [--container] [--stable]
                                        boot a VM (or container) and join it with tests/lab/baseline.sh, without the agent; prints the
                                        seconds it took; --stable: Kubernetes 1.32 with containerd 1.7 instead of 1.36 with 2
          check [--vm]                  prove that the lab refuses what it must refuse and breaks as told; --vm: the machine too
          demo --agent FILE [--packaging DIR] [--container]
                                        boot a VM (or container) with the agent and user data, show its journal live, end with status and plan
        Environment: SLIPWAY_LAB_CACHE (default /var/cache/slipway-lab), SLIPWAY_LAB_ACCEL=kvm|tcg, SLIPWAY_E2E_* for a real mirror and cluster.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["stubs"]:
                Console.WriteLine(await StandInProgram.PublishAsync().ConfigureAwait(false));
                return 0;
            case ["repack"]:
                foreach (Release release in new[] { await Timed("repack 1.36", Repack.CurrentAsync()).ConfigureAwait(false), await Timed("repack 1.32", Repack.StableAsync()).ConfigureAwait(false) })
                {
                    Console.WriteLine($"{release.Folder}\n  {release.Versions}");
                }
                return 0;
            case ["tree"]:
                foreach (string suite in new[] { Tree.Trixie, Tree.Bookworm })
                {
                    Tree tree = await Timed($"tree of {suite}", Tree.BuildAsync(suite)).ConfigureAwait(false);
                    Console.WriteLine(await Timed("disk", Disk.BuildAsync(tree, [])).ConfigureAwait(false));
                }
                return 0;
            case ["serve"]:
                return await ServeAsync().ConfigureAwait(false);
            case ["baseline", .. var more] when more.All(w => w is "--container" or "--stable"):
                Release chosen = await (more.Contains("--stable") ? Repack.StableAsync() : Repack.CurrentAsync()).ConfigureAwait(false);
                return await (more.Contains("--container") ? Demo.ContainerBaselineAsync(chosen) : Demo.BaselineAsync(chosen)).ConfigureAwait(false);
            case ["check", .. var how] when how is [] or ["--vm"]:
                return await SelfCheck.RunAsync(how is ["--vm"]).ConfigureAwait(false);
            case ["demo", .. var rest] when Option(rest, "--agent") is { } agent:
                return await (rest.Contains("--container") ? Demo.RunContainerAsync(agent, Option(rest, "--packaging")) : Demo.RunAsync(agent, Option(rest, "--packaging"))).ConfigureAwait(false);
            case ["help" or "--help" or "-h"]:
                Console.WriteLine(Help);
                return 0;
            default:
                Console.Error.WriteLine(Help);
                return 64;
        }
    }

    /// <summary>Says on standard error how long something took.</summary>
    public static async Task<T> Timed<T>(string what, Task<T> work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        T result = await work.ConfigureAwait(false);
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"[lab] {what}: {clock.Elapsed.TotalSeconds:0.0} s")).ConfigureAwait(false);
        return result;
    }

    private static string? Option(string[] words, string name) =>
        Array.IndexOf(words, name) is >= 0 and var at && at + 1 < words.Length ? words[at + 1] : null;

    private static async Task<int> ServeAsync()
    {
        await using World world = await World.StartAsync("127.0.0.1").ConfigureAwait(false);
        Console.WriteLine(
            $"mirror       {world.MirrorUrl}\nendpoint     {world.Endpoint}\ntoken        {world.Token}\nCA hash      {world.CaHash}\nkubernetes   {world.KubernetesVersion}\nlock file    {world.Release?.LockPath}");
        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        return 0;
    }
}
