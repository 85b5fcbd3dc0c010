namespace Slipway.Hosting;

/// <summary>What a path is, without following a link at its end.</summary>
/// <param name="Kind">File, directory, link or something else.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Size">Bytes, for files.</param>
/// <param name="Modified">Time of the last change of content (UTC).</param>
/// <param name="LinkTarget">Where a link points, as it is written in the link; null for others.</param>
internal sealed record FileStatus(FileKind Kind, UnixFileMode Mode, long Size, DateTime Modified, string? LinkTarget);

/// <summary>The kinds of path that we tell apart.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A device, socket or pipe.</summary>
    Other,
}
