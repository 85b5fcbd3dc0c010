using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>Configuration on a disk that its label tells: several disks may carry it, and the first that holds what is wanted counts.</summary>
internal static class LabelledDisk
{
    /// <summary>Reads the disks that carry a label.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="label">The label, in upper or lower case.</param>
    /// <param name="wanted">What such a disk holds, for messages: <c>user-data and meta-data</c>.</param>
    /// <param name="read">Reads one disk's tree; null where the disk does not hold what is wanted.</param>
    public static SourceResult Read(Host host, string label, string wanted, Func<FileTree, SourceResult?> read) =>
        host.Files.IsRunningSystem
            ? Read(host, BlockDevices.Labelled(host.Files, label), anyType: false, $"no disk is labelled {label}", wanted, read)
            : new SourceResult.Absent("disks are not looked at below another root");

    /// <summary>Reads disks one after the other until one holds what is wanted. A damaged one counts where no other does.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="devices">Such as <c>/dev/sr0</c>, in their order.</param>
    /// <param name="anyType">See <see cref="BlockDevices.Read"/>.</param>
    /// <param name="none">Why there is nothing where there is no device.</param>
    /// <param name="wanted">What such a disk holds, for messages.</param>
    /// <param name="read">As above.</param>
    public static SourceResult Read(Host host, IReadOnlyList<string> devices, bool anyType, string none, string wanted, Func<FileTree, SourceResult?> read)
    {
        SourceResult? other = null;
        foreach (var device in devices)
        {
            var result = ReadOne(host, device, anyType, read);
            switch (result)
            {
                case SourceResult.Found:
                    return result;
                case SourceResult.Malformed:
                    other = other as SourceResult.Malformed ?? result;
                    break;
                case SourceResult.Unreachable:
                    other ??= result;
                    break;
            }
        }
        return other ?? new SourceResult.Absent(devices.Count == 0 ? none : $"{string.Join(", ", devices)} does not hold {wanted}");
    }

    private static SourceResult? ReadOne(Host host, string device, bool anyType, Func<FileTree, SourceResult?> read)
    {
        try
        {
            return BlockDevices.Read(host.Files, device, anyType, Guarded) switch
            {
                SourceResult.Malformed broken => new SourceResult.Malformed(broken.Failure with { What = $"{device}: {broken.Failure.What}" }),
                var result => result,
            };
        }
        catch (FailureException e) when (e.Failure.Code is "host.not-permitted" or "host.filesystem-unknown" or "host.io")
        {
            return new SourceResult.Unreachable(e.Failure);
        }
        catch (FailureException e)
        {
            return new SourceResult.Malformed(e.Failure);
        }

        SourceResult? Guarded(FileTree disk)
        {
            try
            {
                return read(disk);
            }
            catch (FailureException e)
            {
                // The file system is there and its sectors cannot be read, or a file is not as it should be.
                return new SourceResult.Malformed(e.Failure.Code == "host.io" ? e.Failure with { Code = "config.source-unreadable" } : e.Failure);
            }
        }
    }
}
