using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>NoCloud data: a seed directory, or a disk labelled <c>cidata</c>. Both <c>user-data</c> and <c>meta-data</c> must be there.</summary>
/// <remarks>As cloud-init's DataSourceNoCloud.</remarks>
internal sealed record NoCloudSource() : ConfigSource("nocloud:")
{
    private const string MountPoint = "/run/slipway/cidata";
    private static readonly string[] Seeds = ["/var/lib/cloud/seed/nocloud", "/var/lib/cloud/seed/nocloud-net"];
    private static readonly string[] Labels = ["cidata", "CIDATA"];

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        foreach (var seed in Seeds)
        {
            if (Read(host, seed) is { } found)
            {
                return found;
            }
        }
        var device = Labels.Select(label => $"/dev/disk/by-label/{label}").FirstOrDefault(host.Files.Exists);
        if (device is null || !host.Files.IsRunningSystem)
        {
            return new SourceResult.Absent("no seed directory with user-data and meta-data, and no disk labelled cidata");
        }
        return await ReadDiskAsync(host, device, ct);
    }

    private async Task<SourceResult> ReadDiskAsync(Host host, string device, CancellationToken ct)
    {
        host.Files.CreateDirectory(MountPoint, Modes.Mode700);
        var mounted = await host.Processes.RunAsync(new Command("mount", "-o", "ro,nosuid,nodev,noexec", device, MountPoint), ct);
        if (!mounted.Succeeded)
        {
            return new SourceResult.Malformed(new Reporting.Failure("config.source-unreadable", $"cannot mount {device}: {mounted.Describe()}"));
        }
        try
        {
            return Read(host, MountPoint)
                ?? new SourceResult.Absent($"{device} does not hold both user-data and meta-data");
        }
        finally
        {
            await host.Processes.RunAsync(new Command("umount", MountPoint), CancellationToken.None);
        }
    }

    private SourceResult? Read(Host host, string folder) =>
        host.Files.ReadText($"{folder}/meta-data") is { } metadata && host.Files.ReadBytes($"{folder}/user-data") is { } userData
            ? Decode(userData, null, "user-data", Instance(metadata, "meta-data"))
            : null;
}
