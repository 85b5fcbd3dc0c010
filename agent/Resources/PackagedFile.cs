using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>Files that a package manager put on the node: they are its, whatever stands in them.</summary>
internal static class PackagedFile
{
    private const string Lists = "/var/lib/dpkg/info";

    /// <summary>The package that a path belongs to; null when it is none's.</summary>
    public static string? OwnerOf(FileTree files, string path)
    {
        // Where /lib is a link to /usr/lib, lists of old packages have the one name and those of new ones the other.
        var line = $"\n{path}\n";
        var other = path.StartsWith("/usr/", StringComparison.Ordinal) ? $"\n{path[4..]}\n" : line;
        foreach (var name in files.List(Lists).Where(name => name.EndsWith(".list", StringComparison.Ordinal)))
        {
            var text = $"\n{files.ReadText($"{Lists}/{name}")}\n";
            if (text.Contains(line, StringComparison.Ordinal) || text.Contains(other, StringComparison.Ordinal))
            {
                return name[..^".list".Length].Split(':')[0];
            }
        }
        return null;
    }
}
