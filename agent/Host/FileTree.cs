using System.Security.Cryptography;
using System.Text;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>The node's files. Every path goes through its one root, so that a mounted image is treated like the running system.</summary>
/// <param name="root">The directory that is the node's <c>/</c>.</param>
internal sealed class FileTree(string root)
{
    /// <summary>The root directory, <c>/</c> on the running system, without a slash at its end otherwise.</summary>
    public string Root { get; } = root.Length > 1 ? Path.GetFullPath(root).TrimEnd('/') is { Length: > 0 } full ? full : "/" : root;

    /// <summary>Where systemd put this service's credentials; null outside such a service.</summary>
    public static string? CredentialsDirectory => Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } path ? path : null;

    /// <summary>Whether this is the running system itself.</summary>
    public bool IsRunningSystem => Root == "/";

    /// <summary>Where a path of the node lies on this machine.</summary>
    public string Resolve(string path) => RootedPath.Resolve(Root, path);

    /// <summary>What stands at a path; null when nothing does.</summary>
    public FileStatus? Status(string path)
    {
        var info = new FileInfo(Resolve(path));
        if (info.LinkTarget is { } target)
        {
            return new FileStatus(FileKind.Link, default, 0, info.LastWriteTimeUtc, target);
        }
        if (info.Exists)
        {
            var kind = (info.Attributes & FileAttributes.Device) != 0 ? FileKind.Other : FileKind.File;
            return new FileStatus(kind, info.UnixFileMode, info.Length, info.LastWriteTimeUtc, null);
        }
        var directory = new DirectoryInfo(info.FullName);
        return directory.Exists ? new FileStatus(FileKind.Directory, directory.UnixFileMode, 0, directory.LastWriteTimeUtc, null) : null;
    }

    /// <summary>Who owns what stands at a path, which must exist.</summary>
    public Owner OwnerOf(string path) => Guard.Io(() => Libc.OwnerOf(Resolve(path)));

    /// <summary>Whether a path leads to something, through links.</summary>
    public bool Exists(string path) => Path.Exists(Followed(path));

    /// <summary>Whether a path leads to a directory, through links.</summary>
    public bool IsDirectory(string path) => Directory.Exists(Followed(path));

    /// <summary>The text of a file, or null when there is none.</summary>
    public string? ReadText(string path) => ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The bytes of a file, or null when there is none. A pipe is refused: it may keep its reader waiting for ever.</summary>
    /// <param name="path">Absolute path; links are followed.</param>
    /// <param name="most">The longest file that is taken, in bytes; more than that is never in memory.</param>
    /// <exception cref="FailureException"><c>config.too-large</c>, <c>config.source-unreadable</c> for a pipe, or of the file system.</exception>
    public byte[]? ReadBytes(string path, int most = int.MaxValue) => Guard.Io(() =>
    {
        var here = Followed(path);
        if (Libc.IsPipe(here))
        {
            throw new FailureException(new Failure("config.source-unreadable", $"{path} is no regular file"));
        }
        try
        {
            using var stream = File.OpenRead(here);
            var (bytes, count) = (new byte[stream.Length <= most ? stream.Length : throw TooLarge()], 0);
            // sysfs says that an attribute is a page long, and then gives its few bytes; files below /proc say nothing.
            for (var next = 0; next >= 0;)
            {
                count += stream.ReadAtLeast(bytes.AsSpan(count), bytes.Length - count, throwOnEndOfStream: false);
                next = count == bytes.Length ? stream.ReadByte() : -1;
                if (next >= 0)
                {
                    Array.Resize(ref bytes, count < most ? (int)Math.Min(most, Math.Max(4096, count * 2L)) : throw TooLarge());
                    bytes[count++] = (byte)next;
                }
            }
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        FailureException TooLarge() => new(new Failure("config.too-large", $"{path} is larger than {most >> 20} MiB"));
    });

    /// <summary>SHA-256 of a file's content in lower-case hex; null when there is no such file.</summary>
    public string? Sha256(string path) => Guard.Io(() =>
    {
        var here = Followed(path);
        if (!File.Exists(here))
        {
            return null;
        }
        using var stream = File.OpenRead(here);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    });

    /// <summary>Opens a file for reading from its beginning to its end; null when there is none, or somebody still has it for writing.</summary>
    public Stream? OpenRead(string path) => Guard.Io(() =>
    {
        try
        {
            return new FileStream(Followed(path), new FileStreamOptions { Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException || e.HResult == Libc.EWOULDBLOCK)
        {
            return null;
        }
    });

    /// <summary>Names in a directory, sorted; none when it does not exist.</summary>
    public IReadOnlyList<string> List(string path) => Guard.Io(() =>
    {
        var here = Followed(path);
        return Directory.Exists(here)
            ? Directory.EnumerateFileSystemEntries(here).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal).ToArray()
            : (IReadOnlyList<string>)[];
    });

    /// <summary>Begins a file that appears at its path whole, or not at all.</summary>
    public AtomicFile Create(string path, UnixFileMode mode, Owner? owner = null) => Guard.Io(() => new AtomicFile(Resolve(path), mode) { Owner = owner });

    /// <summary>Opens a file that grows where nobody looks yet, or makes it; null when somebody else has it open.</summary>
    /// <param name="path">Where.</param>
    /// <param name="lasts">Whether it will be flushed in the end.</param>
    public GrowingFile? Grow(string path, bool lasts) => Guard.Io(() => GrowingFile.Open(Resolve(path), lasts));

    /// <summary>Writes a whole file atomically and durably.</summary>
    public void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        using var file = Create(path, mode);
        file.Write(content);
        file.Commit();
    }

    /// <inheritdoc cref="Write(string,ReadOnlySpan{byte},UnixFileMode)"/>
    public void Write(string path, string content, UnixFileMode mode) => Write(path, Encoding.UTF8.GetBytes(content), mode);

    /// <summary>Opens a file that is written in place, unbuffered; a new one is durable. For logs and locks: all else is replaced whole.</summary>
    public FileStream OpenInPlace(string path, UnixFileMode mode) => Guard.Io(() =>
    {
        var here = Resolve(path);
        var isNew = !File.Exists(here);
        var stream = new FileStream(here, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = mode,
            // No buffer: what a full disk refused must not come up again on closing.
            BufferSize = 0,
        });
        if (isNew)
        {
            Libc.Flush(Path.GetDirectoryName(here)!);
        }
        return stream;
    });

    /// <summary>Makes a directory with exactly this mode (umask does not count), and those above it with 0755.</summary>
    public void CreateDirectory(string path, UnixFileMode mode) => Guard.Io(() =>
    {
        var here = Followed(path);
        Folders.Make(here);
        File.SetUnixFileMode(here, mode);
        Libc.Flush(Path.GetDirectoryName(here) ?? "/");
    });

    /// <summary>Points a link somewhere, replacing the old link by rename.</summary>
    public void Link(string path, string target) => Guard.Io(() =>
    {
        var here = Resolve(path);
        var folder = Path.GetDirectoryName(here)!;
        Folders.Make(folder);
        var temporary = AtomicFile.TemporaryName(here);
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, target);
        Libc.Rename(temporary, here);
        Libc.Flush(folder);
    });

    /// <summary>Moves a file of this tree to another path of it, durably.</summary>
    public void Rename(string from, string to) => Guard.Io(() =>
    {
        var here = Resolve(to);
        Folders.Make(Path.GetDirectoryName(here)!);
        Libc.Rename(Resolve(from), here);
        Libc.Flush(Path.GetDirectoryName(here)!);
    });

    /// <summary>Makes a file that another program wrote durable, with its place in its folder; nothing happens when there is none.</summary>
    public void Flush(string path) => Guard.Io(() =>
    {
        var here = Followed(path);
        if (File.Exists(here))
        {
            Libc.Flush(here);
            Libc.Flush(Path.GetDirectoryName(here)!);
        }
    });

    /// <summary>Says of a file when it was changed last.</summary>
    public void SetModified(string path, DateTimeOffset time) => Guard.Io(() => File.SetLastWriteTimeUtc(Resolve(path), time.UtcDateTime));

    /// <summary>Makes what was put into a folder, or moved there, stay there over a power cut.</summary>
    public void FlushFolder(string path) => Guard.Io(() => Libc.Flush(Followed(path)));

    /// <summary>Removes a file or link; nothing happens when there is none.</summary>
    public void Delete(string path) => Guard.Io(() =>
    {
        if (Resolve(path) is var here && (Path.Exists(here) || new FileInfo(here).LinkTarget is not null))
        {
            File.Delete(here);
            Libc.Flush(Path.GetDirectoryName(here)!);
        }
    });

    /// <summary>Removes a directory that has nothing in it; one that has, a mount point and anything else stay.</summary>
    /// <returns>Whether no directory is there any more.</returns>
    public bool DeleteEmpty(string path) => Guard.Io(() =>
    {
        var here = Resolve(path);
        if (Status(path)?.Kind != FileKind.Directory)
        {
            return true;
        }
        if (Directory.EnumerateFileSystemEntries(here).Any() || !Libc.RemoveDirectory(here))
        {
            return false;
        }
        Libc.Flush(Path.GetDirectoryName(here)!);
        return true;
    });

    /// <summary>Removes a directory and all in it, not following links, or the link that stands there; nothing happens when there is neither.</summary>
    public void DeleteDirectory(string path) => Guard.Io(() =>
    {
        var here = Resolve(path);
        if (Status(path)?.Kind == FileKind.Link)
        {
            File.Delete(here);
        }
        else if (Directory.Exists(here))
        {
            // Where the file system is read-only this says so; the deletion would fail without a reason.
            File.SetUnixFileMode(here, Modes.Mode700);
            Directory.Delete(here, recursive: true);
        }
    });

    /// <summary>Writes to a kernel file such as one below <c>/proc/sys</c>, in place.</summary>
    public void WriteKernelFile(string path, string value) => Guard.Io(() =>
    {
        using var file = new FileStream(Resolve(path), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(value));
    });

    /// <summary>Bytes that an unprivileged writer could still store where a path lies (or its nearest existing parent).</summary>
    public long FreeBytes(string path) => Guard.Io(() =>
    {
        var here = Followed(path);
        while (!Directory.Exists(here) && here.Length > 1)
        {
            here = Path.GetDirectoryName(here)!;
        }
        return new DriveInfo(here).AvailableFreeSpace;
    });

    /// <summary>All of standard input; null when it is longer than <paramref name="most"/> bytes.</summary>
    public static async Task<byte[]?> ReadStandardInputAsync(int most, CancellationToken ct)
    {
        using var input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await input.ReadAsync(buffer, ct)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > most)
            {
                return null;
            }
        }
        return bytes.ToArray();
    }

    /// <summary>The path with a link at its end followed too, inside the root.</summary>
    private string Followed(string path)
    {
        if (IsRunningSystem)
        {
            return path;
        }
        var here = Resolve(path);
        for (var links = 0; links < 40 && new FileInfo(here).LinkTarget is { } target; links++)
        {
            var inside = target.StartsWith('/') ? target : Path.Join(Path.GetDirectoryName(here)![Root.Length..], target);
            here = Resolve("/" + inside.TrimStart('/'));
        }
        return here;
    }
}
