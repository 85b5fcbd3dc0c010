using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>What cloud-init already fetched: its own copy of the user data, whichever datasource gave it.</summary>
internal sealed record CloudInitSource() : ConfigSource("cloud-init:")
{
    private const string InstanceFile = "/run/cloud-init/instance-data.json";
    private const string UserData = "/var/lib/cloud/instance/user-data.txt";

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (host.Files.ReadBytes(UserData) is not { } bytes)
        {
            return Task.FromResult<SourceResult>(new SourceResult.Absent($"{UserData} does not exist: cloud-init has not run, or found no datasource"));
        }
        // cloud-init writes this file in place: after a power cut it may be empty, and another source then has the data.
        return Task.FromResult(Decode(bytes, null, "user-data", ReadInstance(host.Files)));
    }

    private InstanceData ReadInstance(FileTree files)
    {
        if (files.ReadText(InstanceFile) is not { } json
            || YamlReader.Read(json, new TextOrigin(Name, InstanceFile), foreign: true).Documents is not [MappingNode top, ..])
        {
            return InstanceData.None;
        }
        var v1 = top.Find("v1") as MappingNode;
        return new InstanceData
        {
            InstanceId = v1 is null ? null : Text(v1, "instance_id"),
            LocalHostname = v1 is null ? null : Text(v1, "local_hostname"),
            MetaData = (top.Find("ds") as MappingNode)?.Find("meta_data") as MappingNode,
            V1 = v1,
        };
    }
}
