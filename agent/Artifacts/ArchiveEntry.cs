using System.Formats.Tar;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>What of a release archive becomes a program on the node. Everything that could leave its folder is refused.</summary>
internal static class ArchiveEntry
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute;
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    /// <summary>The file name of a program; null for files that are not programs, such as a licence.</summary>
    /// <exception cref="FailureException"><c>artifact.archive-unsafe</c>.</exception>
    public static string? ProgramName(TarEntry entry, Artifact artifact)
    {
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
        {
            throw Unsafe(artifact, entry.Name, $"a {entry.EntryType} has no place in a release archive");
        }
        // GNU tar writes "./name"; containerd's archives hold "bin/name".
        var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        if (name.StartsWith('/') || name.Split('/').Any(part => part is ".." or "." or "") || name.Contains('\0', StringComparison.Ordinal))
        {
            throw Unsafe(artifact, entry.Name, "the name leaves the folder");
        }
        if ((entry.Mode & Special) != 0)
        {
            throw Unsafe(artifact, entry.Name, "it is set-uid or set-gid");
        }
        name = name.StartsWith("bin/", StringComparison.Ordinal) ? name[4..] : name;
        return (entry.Mode & Executable) == 0 || name.Contains('/', StringComparison.Ordinal) ? null : name;
    }

    /// <summary>The failure for an entry that is not to be trusted.</summary>
    public static FailureException Unsafe(Artifact artifact, string entry, string why) =>
        new(new Failure("artifact.archive-unsafe", $"{artifact}: entry \"{entry}\" refused: {why}"));
}
