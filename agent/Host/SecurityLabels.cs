using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>SELinux's labels. A file that is moved keeps that of the folder it was made in; what its new place asks for, the policy knows.</summary>
internal static class SecurityLabels
{
    // There is one only where the kernel has SELinux on, enforcing or not.
    private const string Enforce = "/sys/fs/selinux/enforce";

    /// <summary>Gives files the labels of their places, where the running system has SELinux on. What fails is told, and nothing else happens:
    /// enforcing, the programs may then not be started by services.</summary>
    /// <param name="host">The node.</param>
    /// <param name="paths">The files that were moved.</param>
    /// <param name="ct">Ends the call early.</param>
    public static async Task RestoreAsync(Host host, IReadOnlyList<string> paths, CancellationToken ct)
    {
        if (paths.Count == 0 || !host.Files.IsRunningSystem || !host.Files.Exists(Enforce))
        {
            return;
        }
        var result = await host.Foreign.RunAsync(new Command("restorecon", ["-F", .. paths]) { Deadline = TimeSpan.FromMinutes(2) }, ct);
        if (result is not CommandResult.Ended { ExitCode: 0 })
        {
            host.Log.Attention($"restorecon: {result.Describe()}; where SELinux is enforcing these may not start with the label they have: "
                + $"{string.Join(", ", paths)}; after it was set right: restorecon -F {string.Join(' ', paths)}");
        }
    }
}
