using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>
/// What the kernel line names: <c>slipway.config.url=URL#sha256=HEX</c>, else <c>slipway.config.device=LABEL|/dev/…</c> with
/// <c>slipway.config.path=/PATH</c> of a file on that disk.
/// </summary>
internal sealed record CmdlineSource() : ConfigSource("cmdline:")
{
    private const string UrlName = "slipway.config.url", DeviceName = "slipway.config.device", PathName = "slipway.config.path";

    /// <inheritdoc/>
    public override bool IsNamedBy(Host host) => true;

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (KernelLine.Value(host.Files, UrlName) is { } url)
        {
            return PinnedUrl.TryParse(url) is { } pinned
                ? Late(await new HttpsSource(pinned).ReadAsync(host, ct))
                : Wrong($"{UrlName}={Url.Redact(Quoting.Printable(url, 200))}: expected https://…#sha256= and 64 hexadecimal digits");
        }
        var device = KernelLine.Value(host.Files, DeviceName);
        var path = KernelLine.Value(host.Files, PathName);
        if (device is null && path is null)
        {
            return new SourceResult.Absent($"the kernel line has neither {UrlName} nor {DeviceName}");
        }
        return device is null || path is null ? Wrong($"{(device is null ? PathName : DeviceName)} without {(device is null ? DeviceName : PathName)}")
            : !path.StartsWith('/') ? Wrong($"{PathName}={Shown(path)}: expected an absolute path")
            : !IsDevice(device) ? Wrong($"{DeviceName}={Shown(device)}: expected a label, or a path below /dev")
            : !host.Files.IsRunningSystem ? new SourceResult.Absent("disks are not looked at below another root")
            : ReadDisk(host, device, path);
    }

    /// <summary>Reads a file of a disk.</summary>
    internal SourceResult ReadDisk(Host host, string device, string path)
    {
        var none = $"there is no disk {Shown(device)}, which the kernel line names";
        var devices = !device.StartsWith('/') ? BlockDevices.Labelled(host.Files, device) : host.Files.Exists(device) ? [BlockDevices.Real(device)] : [];
        return Late(LabelledDisk.Read(host, devices, anyType: true, none, path, disk => disk.ReadBytes(path, PayloadDecoder.MaxBytes) is { } bytes ? Decode(bytes, null, path) : null));
    }

    // A label becomes part of a path below /dev/disk/by-label.
    private static bool IsDevice(string device) => device.StartsWith("/dev/", StringComparison.Ordinal)
        ? device.Length > 5 && !device.Split('/').Contains("..")
        : device is { Length: > 0 } and not "." and not ".." && !device.Contains('/', StringComparison.Ordinal);

    private static string Shown(string value) => Quoting.Printable(value, 100);

    private static SourceResult.Malformed Wrong(string what) => new(new Failure("config.kernel-line", $"the kernel line: {what}"));
}
