using System.Runtime.InteropServices;

namespace Slipway.Hosting;

/// <summary>What this machine is: read once at the start, pure data afterwards.</summary>
internal sealed record Facts
{
    /// <summary>Go's name of the processor architecture: <c>amd64</c> or <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The kernel's host name as it stands.</summary>
    public required string Hostname { get; init; }

    /// <summary>The running kernel's release, such as <c>6.1.0-18-amd64</c>.</summary>
    public required string Kernel { get; init; }

    /// <summary><c>ID</c> of os-release, such as <c>debian</c>.</summary>
    public required string OsId { get; init; }

    /// <summary><c>VERSION_ID</c> of os-release, such as <c>12</c>.</summary>
    public required string OsVersion { get; init; }

    /// <summary>Random id of this boot.</summary>
    public required string BootId { get; init; }

    /// <summary>The machine's SMBIOS UUID, lower-case; empty where there is none.</summary>
    public required string ProductUuid { get; init; }

    /// <summary>SMBIOS product name, such as <c>VMware7,1</c>.</summary>
    public required string ProductName { get; init; }

    /// <summary>SMBIOS manufacturer, such as <c>QEMU</c>; empty where there is none.</summary>
    public string SystemVendor { get; init; } = "";

    /// <summary>SMBIOS serial number; empty where there is none, or it is root's alone.</summary>
    public string ProductSerial { get; init; } = "";

    /// <summary>Whether the firmware shows QEMU's configuration device.</summary>
    public bool HasFirmwareConfig { get; init; }

    /// <summary>Active swap devices and files, as <c>/proc/swaps</c> names them.</summary>
    public required IReadOnlyList<string> Swaps { get; init; }

    /// <summary>Whether the running system has the old cgroup hierarchy (v1) mounted, and not the unified one.</summary>
    public required bool CgroupV1 { get; init; }

    /// <summary>The C library's version, such as 2.36; null where none was found, or it does not say.</summary>
    public Version? Glibc { get; init; }

    /// <summary>How long the kernel has been running.</summary>
    public TimeSpan Uptime { get; init; } = TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <summary>Where an OS image keeps archives of container images for its first boot.</summary>
    public const string BakedImagesFolder = "/usr/lib/slipway/images";

    /// <summary>Paths of the archives of container images that the OS image brought along.</summary>
    public IReadOnlyList<string> BakedImages { get; init; } = [];

    /// <summary>Whether systemd runs here and can start units.</summary>
    public required bool SystemdRunning { get; init; }

    /// <summary>Bytes free where <c>/opt</c> lies.</summary>
    public required long FreeBytes { get; init; }

    /// <summary>Whether this is a VMware guest.</summary>
    public bool IsVmware => IsVmwareProduct(ProductName);

    /// <summary>Whether this is an EC2 instance: Nitro has its vendor's name, Xen an UUID and a serial number that begin alike.</summary>
    public bool IsEc2 => SystemVendor == "Amazon EC2"
        || (ProductUuid.StartsWith("ec2", StringComparison.Ordinal) && ProductSerial.StartsWith("ec2", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether this is a guest of QEMU, under whichever name: plain, KVM, OpenStack, oVirt, KubeVirt.</summary>
    public bool IsQemu => HasFirmwareConfig || SystemVendor is "QEMU" or "KubeVirt" or "oVirt" or "OpenStack Foundation"
        || ProductName.StartsWith("KVM", StringComparison.Ordinal) || ProductName.StartsWith("OpenStack", StringComparison.Ordinal);

    /// <summary>Whether an SMBIOS product name is a VMware guest's.</summary>
    public static bool IsVmwareProduct(string productName) => productName.Contains("vmware", StringComparison.OrdinalIgnoreCase);

    /// <summary>An SMBIOS field as the kernel shows it, such as <c>product_uuid</c>; empty where there is none, or it is root's alone.</summary>
    public static string Dmi(FileTree files, string field) => Line(files, $"/sys/class/dmi/id/{field}");

    /// <summary>Reads the facts of the node below a root.</summary>
    public static Facts Read(FileTree files, Services services)
    {
        var release = OsRelease(files);
        return new Facts
        {
            Architecture = RuntimeInformation.OSArchitecture switch
            {
                System.Runtime.InteropServices.Architecture.X64 => "amd64",
                System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
                var other => other.ToString().ToLowerInvariant(),
            },
            Hostname = Line(files, "/proc/sys/kernel/hostname") is { Length: > 0 } running ? running : Line(files, "/etc/hostname"),
            Kernel = Line(files, "/proc/sys/kernel/osrelease"),
            OsId = release.GetValueOrDefault("ID", "unknown"),
            OsVersion = release.GetValueOrDefault("VERSION_ID", ""),
            BootId = Line(files, "/proc/sys/kernel/random/boot_id"),
            ProductUuid = Dmi(files, "product_uuid").ToLowerInvariant(),
            ProductName = Dmi(files, "product_name"),
            SystemVendor = Dmi(files, "sys_vendor"),
            ProductSerial = Dmi(files, "product_serial"),
            HasFirmwareConfig = files.Exists("/sys/firmware/qemu_fw_cfg") || files.Exists("/sys/bus/acpi/devices/QEMU0002:00"),
            Swaps = ActiveSwaps(files),
            CgroupV1 = files.IsRunningSystem && files.Exists("/sys/fs/cgroup") && !files.Exists("/sys/fs/cgroup/cgroup.controllers"),
            BakedImages = [.. files.List(BakedImagesFolder).Where(name => name.EndsWith(".tar", StringComparison.Ordinal)).Select(name => $"{BakedImagesFolder}/{name}")],
            Glibc = GlibcVersion.Of(files),
            SystemdRunning = services.IsRunning,
            FreeBytes = files.FreeBytes("/opt"),
        };
    }

    /// <summary>Active swap devices and files as they are now, zram included.</summary>
    public static IReadOnlyList<string> ActiveSwaps(FileTree files) => [.. (files.ReadText("/proc/swaps") ?? "").Split('\n').Skip(1)
        .Select(line => line.Split((char[])[' ', '\t'], 2)[0]).Where(name => name.Length > 0)];

    private static string Line(FileTree files, string path)
    {
        try
        {
            return (files.ReadText(path) ?? "").Trim();
        }
        catch (Reporting.FailureException)
        {
            // product_uuid is readable by root alone; plan and status run for anybody.
            return "";
        }
    }

    private static Dictionary<string, string> OsRelease(FileTree files) =>
        (files.ReadText("/etc/os-release") ?? files.ReadText("/usr/lib/os-release") ?? "").Split('\n')
            .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0]).ToDictionary(group => group.Key, group => group.Last()[1].Trim('"', '\''));
}
