using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary><c>kubeadm reset</c> on a worker: stops the kubelet and deletes what join wrote; leaves CNI and iptables alone, as the real one does.</summary>
internal static class ResetCommand
{
    /// <summary>Resets this node.</summary>
    public static async Task RunAsync(Flags flags)
    {
        await Preflight.CheckRootAsync(flags.List("ignore-preflight-errors").Select(n => n.ToLowerInvariant()).ToHashSet()).ConfigureAwait(false);
        if (!flags.Has("force"))
        {
            throw new FatalException(
                "error execution phase preflight: aborted reset operation (the stand-in asks no questions: use --force)");
        }
        Console.WriteLine("[preflight] Running pre-flight checks\n[reset] Stopping the kubelet service");
        (int exit, string output) = await ChildProcess.RunAsync("systemctl", "stop", "kubelet").ConfigureAwait(false);
        if (exit != 0)
        {
            Klog.Warning("cleanupnode.go:105", $"[reset] The kubelet service could not be stopped by kubeadm: [{output.Trim()}]");
        }
        Empty("/var/lib/kubelet");
        Console.WriteLine("[reset] Deleting contents of directories: [/etc/kubernetes/manifests /var/lib/kubelet /etc/kubernetes/pki]");
        Empty("/etc/kubernetes/manifests");
        Empty("/etc/kubernetes/pki");
        string[] files = ["admin.conf", "super-admin.conf", "kubelet.conf", "bootstrap-kubelet.conf", "controller-manager.conf", "scheduler.conf"];
        Console.WriteLine($"[reset] Deleting files: [{string.Join(' ', files.Select(f => "/etc/kubernetes/" + f))}]");
        foreach (string file in files)
        {
            File.Delete("/etc/kubernetes/" + file);
        }
        Console.WriteLine(
            "\nThe reset process does not perform cleanup of CNI plugin configuration,\nnetwork filtering rules and kubeconfig files.");
    }

    private static void Empty(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }
        foreach (string file in Directory.GetFiles(folder))
        {
            File.Delete(file);
        }
        foreach (string child in Directory.GetDirectories(folder))
        {
            Directory.Delete(child, recursive: true);
        }
    }
}
