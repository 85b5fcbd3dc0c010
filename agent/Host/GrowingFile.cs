namespace Slipway.Hosting;

/// <summary>A file that grows where nobody looks yet, such as a download or a staged program. Nobody else can open it meanwhile.</summary>
/// <remarks>What is to last is sent to the disk as it grows, so that the flush at the end has little left to wait for.</remarks>
internal sealed class GrowingFile : IDisposable
{
    /// <summary>Bytes between two hints to the kernel that writing may begin.</summary>
    private const long WritebackEvery = 8 << 20;

    private readonly FileStream stream;
    private readonly bool lasts;
    private long sent;

    private GrowingFile(string path, FileStream stream, bool lasts) => (Path, this.stream, this.lasts) = (path, stream, lasts);

    /// <summary>Where it lies on this machine.</summary>
    public string Path { get; private set; }

    /// <summary>Bytes in it.</summary>
    public long Length => stream.Length;

    /// <summary>Opens a file for appending, or makes it, 0600; null when somebody else has it open.</summary>
    /// <param name="path">Where, on this machine.</param>
    /// <param name="lasts">Whether it will be flushed in the end.</param>
    public static GrowingFile? Open(string path, bool lasts)
    {
        Folders.Make(System.IO.Path.GetDirectoryName(path)!);
        FileStream stream;
        try
        {
            stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                // flock(2): it counts within this process and among others.
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = Modes.Mode600,
            });
        }
        catch (IOException e) when (e.HResult is Libc.EWOULDBLOCK)
        {
            return null;
        }
        if (File.Exists(path))
        {
            return new GrowingFile(path, stream, lasts);
        }
        // Whoever had it has just moved it to its final path: it is not ours to write to.
        stream.Dispose();
        return null;
    }

    /// <summary>Reads from a position; 0 at the end.</summary>
    public int Read(Span<byte> buffer, long position)
    {
        try
        {
            return RandomAccess.Read(stream.SafeFileHandle, buffer, position);
        }
        catch (IOException e)
        {
            throw new Reporting.FailureException(Guard.Explain(e), e);
        }
    }

    /// <summary>Writes at a position.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        try
        {
            RandomAccess.Write(stream.SafeFileHandle, bytes, position);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Reporting.FailureException(Guard.Explain(e), e);
        }
        if (lasts && position + bytes.Length - sent is var fresh and >= WritebackEvery)
        {
            Libc.BeginWriteback(stream.SafeFileHandle, sent, fresh);
            sent += fresh;
        }
    }

    /// <summary>Empties it.</summary>
    public void Clear() => Guard.Io(() =>
    {
        stream.SetLength(0);
        sent = 0;
    });

    /// <summary>Gives it its permission bits and flushes it to the disk. Its place in its folder is flushed by whoever moves it to its final path.</summary>
    public void Finish(UnixFileMode mode) => Guard.Io(() =>
    {
        File.SetUnixFileMode(stream.SafeFileHandle, mode);
        stream.Flush(flushToDisk: true);
    });

    /// <summary>Moves it; false when the other path is on another file system.</summary>
    public bool TryMove(string path) => Guard.Io(() =>
    {
        try
        {
            Libc.Rename(Path, path);
        }
        catch (IOException e) when (e.HResult == Libc.EXDEV)
        {
            return false;
        }
        Path = path;
        return true;
    });

    /// <summary>Removes it.</summary>
    public void Delete() => Guard.Io(() => File.Delete(Path));

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
