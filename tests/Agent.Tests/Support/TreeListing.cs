using System.Globalization;
using System.Security.Cryptography;

namespace Slipway.Tests.Support;

/// <summary>What a directory tree holds, a line a path, for comparing trees whole.</summary>
internal static class TreeListing
{
    /// <summary>Paths with kind, mode, link target or digest of the content.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="times">Whether the times of the last change count too.</param>
    /// <param name="without">Folders to leave out, relative to the root.</param>
    public static IReadOnlyList<string> Of(string root, bool times = false, params string[] without)
    {
        var lines = new List<string>();
        Walk(new DirectoryInfo(root));
        return lines;

        void Walk(DirectoryInfo folder)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var path = Path.GetRelativePath(root, entry.FullName);
                if (without.Contains(path))
                {
                    continue;
                }
                lines.Add($"{path} {Describe(entry)}{(times ? $" {entry.LastWriteTimeUtc.Ticks}" : "")}");
                if (entry is DirectoryInfo { LinkTarget: null } directory)
                {
                    Walk(directory);
                }
            }
        }
    }

    private static string Describe(FileSystemInfo entry) => entry switch
    {
        { LinkTarget: { } target } => $"-> {target}",
        DirectoryInfo => $"directory {Octal(entry)}",
        _ => $"file {Octal(entry)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(entry.FullName)))}",
    };

    private static string Octal(FileSystemInfo entry) => Convert.ToString((int)entry.UnixFileMode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);
}
