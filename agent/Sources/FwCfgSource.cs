using System.Globalization;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>QEMU's firmware configuration: <c>-fw_cfg name=opt/slipway/config,file=…</c>, or another name below <c>opt/</c>.</summary>
/// <param name="Entry">The entry's name.</param>
/// <remarks>https://www.qemu.org/docs/master/specs/fw_cfg.html; the kernel's Documentation/ABI/testing/sysfs-firmware-qemu_fw_cfg.</remarks>
internal sealed record FwCfgSource(string Entry = FwCfgSource.Default) : ConfigSource(Entry == FwCfgSource.Default ? "fwcfg:" : $"fwcfg:{Entry}")
{
    private const string Default = "opt/slipway/config";
    private const string Device = "/sys/firmware/qemu_fw_cfg";

    /// <summary>The device gives a byte at a time and begins each page anew: what is larger takes minutes.</summary>
    private const int Most = 1 << 20;

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var files = host.Files;
        // The firmware's tables say so whatever name the DMI fields were given.
        if (!files.Exists(Device) && files.IsRunningSystem && Processes.IsRoot && files.Exists("/sys/bus/acpi/devices/QEMU0002:00"))
        {
            await host.Processes.RunAsync(new Command("modprobe", "qemu_fw_cfg") { Deadline = TimeSpan.FromSeconds(10) }, ct);
        }
        if (!files.Exists(Device))
        {
            return new SourceResult.Absent("the kernel shows no qemu_fw_cfg device");
        }
        var folder = $"{Device}/by_name/{Entry}";
        if (files.ReadText($"{folder}/size")?.Trim() is not { } said)
        {
            return new SourceResult.Absent($"the hypervisor gives no {Entry}");
        }
        if (!int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > Most)
        {
            return new SourceResult.Malformed(new Failure("config.too-large", $"{Entry} is {said} bytes long: the firmware device is slow, and takes 1 MiB at most",
                "Pack it with gzip, or give a NodeConfig with the bulk behind URLs."));
        }
        var bytes = files.ReadBytes($"{folder}/raw", Most) ?? [];
        return bytes.Length == size
            ? Decode(bytes, null, Entry)
            : new SourceResult.Malformed(new Failure("config.source-unreadable", $"{Entry} gives {bytes.Length} bytes and says that it has {size}"));
    }
}
