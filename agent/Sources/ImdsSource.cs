using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>User data of EC2's instance metadata service (IMDSv2), with what it says of the instance.</summary>
internal sealed record ImdsSource() : NetworkSource("imds:")
{
    /// <inheritdoc/>
    protected override async Task<SourceResult> AskAsync(Host host, CancellationToken ct)
    {
        var imds = new Imds(host.Http, host.Aws.MetadataEndpoint);
        if (await imds.GetAsync("latest/user-data", PayloadDecoder.MaxBytes, ct) is not { } bytes)
        {
            return new SourceResult.Absent("the instance has no user data");
        }
        var id = await imds.GetTextAsync("latest/meta-data/instance-id", ct);
        // With several search domains the service gives a name for each.
        var hostname = (await imds.GetTextAsync("latest/meta-data/local-hostname", ct))?.Split(' ')[0];
        var region = await imds.GetTextAsync("latest/meta-data/placement/region", ct);
        return Decode(bytes, null, "user-data", new InstanceData
        {
            InstanceId = id,
            LocalHostname = hostname,
            MetaData = Mapping(Leaf("instance-id", id), Leaf("local-hostname", hostname), new MappingEntry("placement", At, Mapping(Leaf("region", region)))),
            V1 = Mapping(Leaf("instance_id", id), Leaf("local_hostname", hostname?.Split('.')[0]), Leaf("region", region), Leaf("cloud_name", "aws"), Leaf("platform", "ec2")),
        });
    }

    private static Position At { get; } = new("meta-data", 1, 1) { Source = "imds:" };

    private static MappingEntry Leaf(string key, string? value) =>
        new(key, At, value is null ? new NullNode(At) : new ScalarNode(At, value, ScalarKind.Text));

    private static MappingNode Mapping(params MappingEntry[] entries) => new(At, entries);
}
