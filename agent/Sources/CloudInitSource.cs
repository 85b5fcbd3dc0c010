using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>What cloud-init already fetched: its own copy of the user data, whichever datasource gave it.</summary>
internal sealed record CloudInitSource() : ConfigSource("cloud-init:")
{
    private const string UserData = "/var/lib/cloud/instance/user-data.txt";

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (host.Files.ReadBytes(UserData) is not { } bytes)
        {
            return Task.FromResult<SourceResult>(new SourceResult.Absent($"{UserData} does not exist: cloud-init has not run, or found no datasource"));
        }
        // cloud-init writes this file in place: after a power cut it may be empty, and another source then has the data.
        var hostname = LocalHostname(host.Files.ReadText("/run/cloud-init/instance-data.json"), "v1", "local_hostname");
        return Task.FromResult(Decode(bytes, null, "user-data", hostname));
    }
}
