using System.Runtime.InteropServices;

namespace Slipway.Hosting;

/// <summary>The few C library calls that .NET has no safe wrapper for. Blittable or string arguments only: no delegate ever crosses.</summary>
internal static partial class Libc
{
    /// <summary><c>O_RDONLY|O_CLOEXEC</c>, the same on every Linux architecture; opens directories too.</summary>
    private const int ReadOnly = 0x80000;

    /// <summary>errno of a rename to another file system.</summary>
    public const int EXDEV = 18;

    /// <summary>errno of a lock that somebody else has.</summary>
    public const int EWOULDBLOCK = 11;

    /// <summary>errno of what is in use, such as a mount point.</summary>
    private const int EBUSY = 16;

    /// <summary>errno of a directory that something is in.</summary>
    private const int ENOTEMPTY = 39;

    /// <summary>errno of a full file system.</summary>
    public const int ENOSPC = 28;

    /// <summary>errno of a read-only file system.</summary>
    public const int EROFS = 30;

    /// <summary>errno of an exhausted quota.</summary>
    public const int EDQUOT = 122;

    /// <summary>Flushes a file's content, or a directory's entries, to the disk: only then does a rename survive a power cut.</summary>
    /// <exception cref="IOException">With errno as its HResult.</exception>
    public static void Flush(string path)
    {
        var descriptor = open(path, ReadOnly);
        Check(descriptor, "open", path);
        try
        {
            Check(fsync(descriptor), "fsync", path);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <summary>rename(2): also for links to directories, which <see cref="File.Move(string,string)"/> refuses.</summary>
    /// <exception cref="IOException">With errno as its HResult.</exception>
    public static void Rename(string from, string to) => Check(rename(from, to), "rename", to);

    /// <summary>Whether a path leads to what has no positions, such as a pipe or a terminal: opening or reading it may wait for ever. Does not wait.</summary>
    public static bool IsPipe(string path)
    {
        const int NonBlocking = 0x800, FromHere = 1; // O_NONBLOCK, SEEK_CUR
        var descriptor = open(path, ReadOnly | NonBlocking);
        if (descriptor < 0)
        {
            return false;
        }
        var isPipe = lseek(descriptor, 0, FromHere) < 0;
        _ = close(descriptor);
        return isPipe;
    }

    /// <summary>Who owns a path, without following a link at its end.</summary>
    /// <exception cref="IOException">With errno as its HResult.</exception>
    public static Owner OwnerOf(string path)
    {
        const int Here = -100, NoFollow = 0x100; // AT_FDCWD, AT_SYMLINK_NOFOLLOW
        const uint Basic = 0x7FF; // STATX_BASIC_STATS
        // struct statx is the same on every architecture: stx_uid at 20, stx_gid at 24 of its 256 bytes.
        Span<byte> status = stackalloc byte[256];
        Check(statx(Here, path, NoFollow, Basic, ref MemoryMarshal.GetReference(status)), "statx", path);
        return new Owner(MemoryMarshal.Read<uint>(status[20..]), MemoryMarshal.Read<uint>(status[24..]));
    }

    /// <summary>Gives an open file to an owner.</summary>
    /// <exception cref="IOException">With errno as its HResult.</exception>
    public static void Give(SafeHandle file, Owner owner) => Check(fchown(file, owner.User, owner.Group), "fchown", owner.ToString());

    /// <summary>rmdir(2); false for a directory that something is in, and for a mount point.</summary>
    /// <exception cref="IOException">With errno as its HResult.</exception>
    public static bool RemoveDirectory(string path)
    {
        var result = rmdir(path);
        if (result < 0 && Marshal.GetLastPInvokeError() is EBUSY or ENOTEMPTY)
        {
            return false;
        }
        Check(result, "rmdir", path);
        return true;
    }

    /// <summary>Asks a process to end (SIGTERM); false when it is gone already.</summary>
    public static bool Terminate(int process) => kill(process, 15) == 0;

    /// <summary>Takes a record lock on the whole file without waiting; false when another process has it.</summary>
    /// <remarks>Not flock(2): .NET takes that itself on every open, and readers of the file would then be refused.</remarks>
    public static bool TryLock(SafeHandle file)
    {
        const int TestAndLock = 2; // F_TLOCK
        return lockf(file, TestAndLock, 0) == 0;
    }

    /// <summary>Lets the kernel begin to write a part of a file to the disk. A hint: whether it can is not said.</summary>
    public static void BeginWriteback(SafeHandle file, long offset, long length)
    {
        const uint Write = 2; // SYNC_FILE_RANGE_WRITE
        _ = sync_file_range(file, offset, length, Write);
    }

    /// <summary>Columns of a terminal; 0 for what is none.</summary>
    public static unsafe int Columns(int descriptor)
    {
        const nuint WindowSize = 0x5413; // TIOCGWINSZ
        var size = stackalloc ushort[4]; // struct winsize: rows, columns, and two that nobody fills
        return ioctl(descriptor, WindowSize, size) == 0 ? size[1] : 0;
    }

    private static void Check(int result, string call, string path)
    {
        if (result >= 0)
        {
            return;
        }
        var errno = Marshal.GetLastPInvokeError();
        throw new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(SafeHandle descriptor, uint user, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int lockf(SafeHandle descriptor, int command, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sync_file_range(SafeHandle descriptor, long offset, long length, uint flags);

    [LibraryImport("libc")]
    private static unsafe partial int ioctl(int descriptor, nuint request, ushort* size);
}
