using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary><c>kubeadm join</c> for a worker, phase by phase (<c>cmd/kubeadm/app/cmd/join.go</c> and <c>phases/join</c>).</summary>
internal static class JoinCommand
{
    private const string Done = """

        This node has joined the cluster:
        * Certificate signing request was sent to apiserver and a response was received.
        * The Kubelet was informed of the new secure connection details.

        Run 'kubectl get nodes' on the control-plane to see this node join the cluster.

        """;

    /// <summary>Joins, or throws in kubeadm's words.</summary>
    public static async Task RunAsync(Flags flags)
    {
        HashSet<string> ignored = [.. flags.List("ignore-preflight-errors").Select(n => n.ToLowerInvariant())];
        await Preflight.CheckRootAsync(ignored).ConfigureAwait(false);
        JoinConfiguration join = JoinConfiguration.Load(flags.Get("config"));
        ignored.UnionWith(join.IgnoredPreflightErrors.Select(n => n.ToLowerInvariant()));
        HashSet<string> skipped = [.. flags.List("skip-phases"), .. join.SkipPhases];

        Kubeconfig? cluster = null;
        ClusterSettings? settings = null;
        await PhaseAsync("preflight", async () =>
        {
            Console.WriteLine("[preflight] Running pre-flight checks");
            if (!skipped.Contains("preflight"))
            {
                await Preflight.RunAsync(join, ignored).ConfigureAwait(false);
            }
            cluster = await Discovery.FindAsync(join).ConfigureAwait(false);
            settings = await ClusterSettings.ReadAsync(cluster, join).ConfigureAwait(false);
        }).ConfigureAwait(false);

        KubeletStart kubelet = new(join, cluster!, settings!);
        string waits = StandIn.Version.IsAtLeast(33) ? "kubelet-wait-bootstrap" : "kubelet-start";
        try
        {
            await PhaseAsync("kubelet-start", kubelet.StartAsync).ConfigureAwait(false);
            await PhaseAsync(waits, kubelet.WaitAsync).ConfigureAwait(false);
        }
        finally
        {
            // The real one removes the credential whatever happened, so a failed join leaves no way to go on from.
            File.Delete(KubeletStart.BootstrapKubeconfig);
        }
        Console.WriteLine(Done);
    }

    private static async Task PhaseAsync(string name, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is FatalException or ApiException)
        {
            throw new FatalException($"error execution phase {name}: {e.Message}");
        }
    }
}
