namespace Slipway.Hosting;

/// <summary>A file being written beside its final path. <see cref="Commit"/> makes it appear there; without it nothing remains.</summary>
/// <remarks>Order: data, mode, fsync of the file, rename, fsync of the folder. A power cut leaves the old content or the new.</remarks>
internal sealed class AtomicFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;
    private bool committed;

    internal AtomicFile(string path, UnixFileMode mode)
    {
        this.path = path;
        temporary = TemporaryName(path);
        Folders.Make(Path.GetDirectoryName(path)!);
        // A temporary of this name can only be left from a run that was cut off: the lock keeps others out.
        File.Delete(temporary);
        stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = Modes.Mode600,
        });
        Content = new GuardedStream(stream);
        Mode = mode;
    }

    /// <summary>The permission bits that the file gets before it appears.</summary>
    public UnixFileMode Mode { get; }

    /// <summary>Whose the file is to be; null for our own.</summary>
    public Owner? Owner { get; init; }

    /// <summary>The name beside <paramref name="path"/> under which its next content is written.</summary>
    public static string TemporaryName(string path) =>
        Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.slipway-new");

    /// <summary>The file as a stream to append to; its errors are <see cref="Reporting.FailureException"/>.</summary>
    public Stream Content { get; }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => Content.Write(bytes);

    /// <summary>Makes the content durable and puts it at the final path.</summary>
    public void Commit() => Guard.Io(() =>
    {
        if (Owner is not null)
        {
            Libc.Give(stream.SafeFileHandle, Owner);
        }
        File.SetUnixFileMode(stream.SafeFileHandle, Mode);
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        Libc.Rename(temporary, path);
        committed = true;
        Libc.Flush(Path.GetDirectoryName(path)!);
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        if (!committed)
        {
            File.Delete(temporary);
        }
    }
}
