using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>Files that belong to packages: they stay as their package brought them.</summary>
internal static class PackagedFile
{
    private const string Lists = "/var/lib/dpkg/info";

    /// <summary>Why a path must not be replaced; null when it may be.</summary>
    /// <remarks>Configuration below <c>/etc</c> is the operator's to change, and package managers keep such changes.</remarks>
    public static async Task<Failure?> RefusalAsync(Host host, string path, CancellationToken ct) =>
        !path.StartsWith("/etc/", StringComparison.Ordinal) && await OwnerOfAsync(host, path, ct) is { } owner
            ? new Failure("resource.foreign", $"{path} belongs to the package {owner}, and is not replaced",
                $"Remove the package {owner}, or use what it installed: spec.runtime.source or spec.kubernetes.source none.")
            : null;

    /// <summary>The package that a path belongs to; null when it is none's.</summary>
    public static Task<string?> OwnerOfAsync(Host host, string path, CancellationToken ct)
    {
        // Where /lib is a link to /usr/lib, lists of old packages have the one name and those of new ones the other.
        var line = $"\n{path}\n";
        var other = path.StartsWith("/usr/", StringComparison.Ordinal) ? $"\n{path[4..]}\n" : line;
        foreach (var name in host.Files.List(Lists).Where(name => name.EndsWith(".list", StringComparison.Ordinal)))
        {
            ct.ThrowIfCancellationRequested();
            var text = $"\n{host.Files.ReadText($"{Lists}/{name}")}\n";
            if (text.Contains(line, StringComparison.Ordinal) || text.Contains(other, StringComparison.Ordinal))
            {
                return Task.FromResult<string?>(name[..^".list".Length].Split(':')[0]);
            }
        }
        return Task.FromResult<string?>(null);
    }
}
