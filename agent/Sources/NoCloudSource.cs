using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>NoCloud data: a seed directory, or a disk labelled <c>cidata</c>. Both <c>user-data</c> and <c>meta-data</c> must be there.</summary>
/// <remarks>As cloud-init's DataSourceNoCloud.</remarks>
internal sealed record NoCloudSource() : ConfigSource("nocloud:")
{
    private static readonly string[] Seeds = ["/var/lib/cloud/seed/nocloud", "/var/lib/cloud/seed/nocloud-net"];

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        foreach (var seed in Seeds)
        {
            if (Read(host.Files, seed) is { } found)
            {
                return Task.FromResult(found);
            }
        }
        var result = LabelledDisk.Read(host, "cidata", "user-data and meta-data", disk => Read(disk, ""));
        return Task.FromResult(result is SourceResult.Absent absent
            ? new SourceResult.Absent($"no seed directory with user-data and meta-data, and {absent.Why}")
            : result);
    }

    private SourceResult? Read(FileTree files, string folder) =>
        files.ReadText($"{folder}/meta-data") is { } metadata && files.ReadBytes($"{folder}/user-data") is { } userData
            ? Decode(userData, null, "user-data", Instance(metadata, "meta-data"))
            : null;
}
