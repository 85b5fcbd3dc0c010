using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>What cloud-init already fetched: its own copy of vendor and user data, whichever datasource gave it.</summary>
internal sealed record CloudInitSource() : ConfigSource("cloud-init:")
{
    private const string InstanceFile = "/run/cloud-init/instance-data.json";
    private const string Folder = "/var/lib/cloud/instance";

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var files = host.Files;
        // cloud-init writes these files in place: after a power cut one may be empty, and its twin or another source then has the data.
        var raw = files.ReadBytes($"{Folder}/user-data.txt");
        // The processed copy has what #include fetched; the other one has the lines that its author knows.
        var userData = raw is null or [] || raw.AsSpan().IndexOf("#include"u8) >= 0
            ? files.ReadBytes($"{Folder}/user-data.txt.i") is { Length: > 0 } processed ? processed : raw
            : raw;
        if (userData is null)
        {
            return Task.FromResult<SourceResult>(
                new SourceResult.Absent($"{Folder}/user-data.txt does not exist: cloud-init has not run, or found no datasource"));
        }
        var parts = new List<SourceResult?>();
        foreach (var name in (string[])["vendor-data", "vendor-data2"])
        {
            parts.Add(files.ReadBytes($"{Folder}/{name}.txt") is { Length: > 0 } vendorData ? Decode(vendorData, null, name) : null);
        }
        parts.Add(Decode(userData, null, "user-data"));
        return Task.FromResult(Join(ReadInstance(files), [.. parts]));
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
