using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>Disks by their label, read through a mount that lasts as long as the reading.</summary>
internal static partial class BlockDevices
{
    /// <summary>How much of a device its label lies in: an ISO 9660 volume descriptor ends at 34 KiB.</summary>
    private const int Head = 34 * 1024;

    /// <summary>The largest device that is looked into itself, in sectors of 512 bytes (4 GiB): a disk made for configuration is small,
    /// and a large one may be a path of a storage network that answers after minutes. Large ones are found where udev did.</summary>
    private const long MostSectors = 8 * 1024 * 1024;

    /// <summary>MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC.</summary>
    private const ulong Flags = 1 | 2 | 4 | 8;

    private const string ByLabel = "/dev/disk/by-label";

    // A read-only mount of a journalling file system would still write: its journal is replayed unless that is switched off.
    private static readonly string[][] Types = [["iso9660", ""], ["vfat", ""], ["ext4", "noload"], ["xfs", "norecovery"]];

    /// <summary>The running system's devices whose file system has one of these labels, upper or lower case: the last in name order first.</summary>
    /// <remarks>By udev's links, and by the devices' own first bytes where udev is not there, is late, or one link stands for several.</remarks>
    public static IReadOnlyList<string> Labelled(FileTree files, params string[] labels)
    {
        var linked = files.List(ByLabel).Where(IsWanted).Select(name => Real($"{ByLabel}/{name}"));
        var looked = files.List("/sys/class/block").Where(name => IsSmall(files, name) && IsWanted(Label(ReadHead($"/dev/{name}")) ?? ""))
            .Select(name => $"/dev/{name}");
        return [.. linked.Concat(looked).Distinct().OrderDescending(StringComparer.Ordinal)];

        bool IsWanted(string label) => labels.Contains(label, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Optical drives with a disc that has an ISO 9660 file system: the last in name order first.</summary>
    public static IReadOnlyList<string> Optical(FileTree files) =>
        [.. files.List("/sys/class/block").Where(name => name.StartsWith("sr", StringComparison.Ordinal)).Reverse()
            .Select(name => $"/dev/{name}").Where(device => TypeOf(ReadHead(device)) == "iso9660")];

    /// <summary>The device that a path below <c>/dev</c> leads to.</summary>
    public static string Real(string path) =>
        new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    /// <summary>Mounts a device read-only (nosuid, nodev, noexec), has it read, and unmounts it; reads it where it is mounted already.</summary>
    /// <param name="files">The running system's files.</param>
    /// <param name="device">Such as <c>/dev/sr0</c>.</param>
    /// <param name="anyType">Whether ext4 and xfs will do too; iso9660 and vfat always do.</param>
    /// <param name="read">Gets the device's own tree: links in it never lead out of it.</param>
    /// <exception cref="FailureException"><c>config.source-unreadable</c> for what is no such file system, <c>host.not-permitted</c>,
    /// <c>host.io</c> for a drive that cannot be read, such as one without a disc, <c>host.filesystem-unknown</c>.</exception>
    public static T Read<T>(FileTree files, string device, bool anyType, Func<FileTree, T> read)
    {
        if (MountedAt(files, device) is { } there)
        {
            return read(new FileTree(there));
        }
        if (!Processes.IsRoot)
        {
            throw new FailureException(new Failure("host.not-permitted", $"{device} can be mounted by root alone"));
        }
        var folder = $"/run/slipway/{Path.GetFileName(device)}-{Environment.ProcessId}";
        files.CreateDirectory(folder, Modes.Mode700);
        try
        {
            Mount(device, folder, anyType);
            try
            {
                return read(new FileTree(folder));
            }
            finally
            {
                const int Detach = 2; // MNT_DETACH: also where something looks into it just now
                _ = umount2(folder, Detach);
            }
        }
        finally
        {
            Guard.Io(() => Directory.Delete(folder));
        }
    }

    /// <summary>The label in a device's first bytes; null where they are of no file system that we know, or it has none.</summary>
    internal static string? Label(ReadOnlySpan<byte> head) => TypeOf(head) switch
    {
        "iso9660" => Text(head.Slice(32808, 32)),
        "vfat" => Text(head.Slice(head.Slice(0x52, 5).SequenceEqual("FAT32"u8) ? 0x47 : 0x2B, 11)),
        "ext4" => Text(head.Slice(0x478, 16)),
        "xfs" => Text(head.Slice(0x6C, 12)),
        _ => null,
    };

    /// <summary>The file system that a device's first bytes are of, as mount(2) calls it.</summary>
    /// <remarks>ECMA-119 §8.1; Microsoft's FAT specification §3; the kernel's Documentation/filesystems.</remarks>
    private static string? TypeOf(ReadOnlySpan<byte> head) => head.Length < Head ? null
        : head.Slice(32769, 5).SequenceEqual("CD001"u8) ? "iso9660"
        : head[510] == 0x55 && head[511] == 0xAA && (head.Slice(0x52, 5).SequenceEqual("FAT32"u8) || head.Slice(0x36, 3).SequenceEqual("FAT"u8)) ? "vfat"
        : head[0x438] == 0x53 && head[0x439] == 0xEF ? "ext4"
        : head[..4].SequenceEqual("XFSB"u8) ? "xfs"
        : null;

    private static string Text(ReadOnlySpan<byte> label) => Encoding.ASCII.GetString(label).Split('\0')[0].TrimEnd();

    private static bool IsSmall(FileTree files, string name) =>
        // An empty floppy drive takes seconds to say so.
        !name.StartsWith("fd", StringComparison.Ordinal) && !name.StartsWith("ram", StringComparison.Ordinal) && !name.StartsWith("zram", StringComparison.Ordinal)
            && long.TryParse(files.ReadText($"/sys/class/block/{name}/size"), CultureInfo.InvariantCulture, out var sectors) && sectors is > 0 and <= MostSectors;

    private static byte[] ReadHead(string device)
    {
        try
        {
            return MustReadHead(device);
        }
        catch (FailureException)
        {
            // A drive without a disc, or not ours to read.
            return [];
        }
    }

    private static byte[] MustReadHead(string device) => Guard.Io(() =>
    {
        using var stream = new FileStream(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var head = new byte[Head];
        return head[..stream.ReadAtLeast(head, Head, throwOnEndOfStream: false)];
    });

    private static string? MountedAt(FileTree files, string device)
    {
        foreach (var line in (files.ReadText("/proc/self/mountinfo") ?? "").Split('\n'))
        {
            // 36 35 8:17 / /mnt ro,relatime shared:1 - vfat /dev/sdb1 ro
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash > 5 && fields.Length > dash + 2 && fields[dash + 2] == device && fields[3] == "/" && !fields[4].Contains('\\'))
            {
                return fields[4];
            }
        }
        return null;
    }

    private static void Mount(string device, string folder, bool anyType)
    {
        var known = TypeOf(MustReadHead(device));
        var wanted = anyType ? "an iso9660, vfat, ext4 or xfs" : "an iso9660 or vfat";
        if (Types.Take(anyType ? Types.Length : 2).FirstOrDefault(type => type[0] == known) is not { } type)
        {
            throw new FailureException(new Failure("config.source-unreadable", $"{device} does not hold {wanted} file system"));
        }
        if (mount(device, folder, type[0], Flags, type[1]) == 0)
        {
            return;
        }
        const int NotPermitted = 1, NoSuchType = 19, Denied = 13;
        var errno = Marshal.GetLastPInvokeError();
        throw new FailureException(new Failure(
            errno switch { NotPermitted or Denied => "host.not-permitted", NoSuchType => "host.filesystem-unknown", _ => "config.source-unreadable" },
            $"cannot mount {device} as {type[0]}: {Marshal.GetPInvokeErrorMessage(errno)}"));
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);
}
