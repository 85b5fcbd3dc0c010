using System.Formats.Tar;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>What of a release archive becomes a program on the node. Everything that could leave its folder is refused.</summary>
internal static class ArchiveEntry
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute;
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    /// <summary>The longest name that Linux's file systems take.</summary>
    private const int LongestName = 255;

    /// <summary>The name of a file below the archive's top or its <c>bin/</c>; null for what is no file, such as a folder.</summary>
    /// <exception cref="FailureException"><c>artifact.archive-unsafe</c>.</exception>
    public static string? FileName(TarEntry entry, Artifact artifact)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
        {
            return null;
        }
        var isFolder = entry.EntryType is TarEntryType.Directory;
        if (!isFolder && entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
        {
            throw Unsafe(artifact, entry.Name, $"a {entry.EntryType} has no place in a release archive");
        }
        // The library unpacks them as if what is stored were the content.
        if (entry is PaxTarEntry pax && pax.ExtendedAttributes.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal)))
        {
            throw Unsafe(artifact, entry.Name, "a file with holes has no place in a release archive");
        }
        // GNU tar writes "./name"; containerd's archives hold "bin/name".
        var name = entry.Name is "." or "./" ? "" : entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        name = isFolder && name.EndsWith('/') ? name[..^1] : name;
        if (name.StartsWith('/') || (!(isFolder && name.Length == 0) && name.Split('/').Any(part => part is ".." or "." or "")))
        {
            throw Unsafe(artifact, entry.Name, "the name leaves the folder");
        }
        if (name.Any(char.IsControl) || name.Split('/').Any(part => System.Text.Encoding.UTF8.GetByteCount(part) > LongestName))
        {
            throw Unsafe(artifact, entry.Name, "no file can have such a name");
        }
        if ((entry.Mode & Special) != 0 && !isFolder)
        {
            throw Unsafe(artifact, entry.Name, "it is set-uid or set-gid");
        }
        return isFolder ? null : name.StartsWith("bin/", StringComparison.Ordinal) ? name[4..] : name;
    }

    /// <summary>Whether a file is a program, rather than, say, a licence.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="name">Its <see cref="FileName"/>.</param>
    public static bool IsProgram(TarEntry entry, string name) =>
        // A hidden one would be taken for a record of ours.
        (entry.Mode & Executable) != 0 && !name.Contains('/', StringComparison.Ordinal) && !name.StartsWith('.');

    /// <summary>The failure for an entry that is not to be trusted.</summary>
    public static FailureException Unsafe(Artifact artifact, string entry, string why) =>
        new(new Failure("artifact.archive-unsafe", $"{artifact}: entry \"{Shown(entry)}\" refused: {why}"));

    // An archive that nobody vouches for yet must not write what it likes into the journal.
    private static string Shown(string entry) =>
        string.Concat((entry.Length > 100 ? entry[..100] + "…" : entry).Select(c => char.IsControl(c) ? '?' : c));
}
