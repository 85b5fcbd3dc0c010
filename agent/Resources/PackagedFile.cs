using System.Text;
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
    /// <param name="host">The node: dpkg's lists are read, rpm is asked.</param>
    /// <param name="path">Absolute path on the node.</param>
    /// <param name="ct">Ends the call early.</param>
    public static async Task<string?> OwnerOfAsync(Host host, string path, CancellationToken ct) =>
        OwnerOf(host.Files, path) ?? (host.Packages is RpmPackages packages ? await packages.OwnerOfAsync(path, ct) : null);

    private static string? OwnerOf(FileTree files, string path)
    {
        // Where /lib is a link to /usr/lib, lists of old packages have the one name and those of new ones the other.
        var line = Encoding.UTF8.GetBytes($"\n{path}\n");
        var other = Encoding.UTF8.GetBytes(path.StartsWith("/usr/", StringComparison.Ordinal) ? $"\n{path[4..]}\n" : $"\n/usr{path}\n");
        foreach (var name in files.List(Lists).Where(name => name.EndsWith(".list", StringComparison.Ordinal)))
        {
            if (files.ReadBytes($"{Lists}/{name}") is { } list && (Has(list, line) || Has(list, other)))
            {
                return name[..^".list".Length].Split(':')[0];
            }
        }
        return null;
    }

    // The first line has no line break before it.
    private static bool Has(ReadOnlySpan<byte> list, ReadOnlySpan<byte> line) =>
        list.IndexOf(line) >= 0 || list.StartsWith(line[1..]) || list.EndsWith(line[..^1]);
}
