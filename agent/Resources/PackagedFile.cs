using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>Files that belong to packages: they stay as their package brought them.</summary>
internal static class PackagedFile
{
    /// <summary>Why a path must not be replaced; null when it may be.</summary>
    /// <remarks>Configuration below <c>/etc</c> is the operator's to change, and package managers keep such changes.</remarks>
    public static async Task<Failure?> RefusalAsync(Host host, string path, CancellationToken ct) =>
        !path.StartsWith("/etc/", StringComparison.Ordinal) && host.Packages is { } packages && await packages.OwnerOfAsync(path, ct) is { } owner
            ? new Failure("resource.packaged", $"{path} belongs to the package {owner}, and is not replaced",
                $"Remove the package {owner}, or use what it installed: spec.runtime.source or spec.kubernetes.source none.")
            : null;
}
