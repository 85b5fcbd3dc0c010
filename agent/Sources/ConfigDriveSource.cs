using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>OpenStack's config drive: a disk or disc labelled <c>config-2</c>, another optical disc of that layout, or cloud-init's seed directory.</summary>
/// <remarks>https://docs.openstack.org/nova/latest/user/metadata.html; the choice of version as cloud-init's.</remarks>
internal sealed record ConfigDriveSource() : ConfigSource("configdrive:")
{
    private const string Seed = "/var/lib/cloud/seed/config_drive";
    private const string Wanted = "a directory openstack or ec2 with user data";

    // Newest first; a drive made by a later OpenStack has these too.
    private static readonly string[] Versions =
    [
        "2018-08-27", "2017-02-22", "2016-10-06", "2016-06-30", "2015-10-15", "2013-10-17", "2013-04-04", "2012-08-10", "latest",
    ];

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (Read(host.Files, Seed) is { } seeded)
        {
            return Task.FromResult(seeded);
        }
        var labelled = LabelledDisk.Read(host, "config-2", Wanted, disk => Read(disk, ""));
        if (labelled is not SourceResult.Absent absent)
        {
            return Task.FromResult(labelled);
        }
        var discs = host.Files.IsRunningSystem ? BlockDevices.Optical(host.Files) : [];
        // A disc without our label that cannot be read is somebody else's damage.
        return Task.FromResult(LabelledDisk.Read(host, discs, anyType: false, absent.Why, Wanted, disk => Read(disk, "")) is SourceResult.Found found
            ? found
            : labelled);
    }

    private SourceResult? Read(FileTree files, string folder)
    {
        var there = files.List($"{folder}/openstack");
        return Versions.FirstOrDefault(there.Contains) is { } version
                ? ReadAs(files, $"{folder}/openstack/{version}", "meta_data.json", "user_data", "uuid", "hostname")
            : files.Exists($"{folder}/ec2/latest/meta-data.json")
                ? ReadAs(files, $"{folder}/ec2/latest", "meta-data.json", "user-data", "instance-id", "local-hostname")
            : null;
    }

    private SourceResult ReadAs(FileTree files, string folder, string metadataName, string userDataName, string id, string hostname)
    {
        if (files.ReadBytes($"{folder}/{metadataName}", PayloadDecoder.MaxBytes) is not { } metadata)
        {
            return new SourceResult.Malformed(new Failure("config.source-unreadable", $"{Shown(metadataName)} is missing"));
        }
        if (Metadata(metadata, Shown(metadataName), out var top) is { } broken)
        {
            return broken;
        }
        var instance = new InstanceData { InstanceId = Text(top, id), LocalHostname = Text(top, hostname) };
        // Templates know these two by cloud-init's names.
        var named = new Dictionary<string, string>();
        if (instance.InstanceId is not null)
        {
            named["instance-id"] = instance.InstanceId;
        }
        if (instance.LocalHostname is not null)
        {
            named["local-hostname"] = instance.LocalHostname;
        }
        var parts = new List<SourceResult?>();
        foreach (var name in (string[])["vendor_data.json", "vendor_data2.json"])
        {
            if (files.ReadBytes($"{folder}/{name}", PayloadDecoder.MaxBytes) is not { } vendorData)
            {
                continue;
            }
            if (Metadata(vendorData, Shown(name), out var vendor) is { } brokenToo)
            {
                return brokenToo;
            }
            // {"cloud-init": "#cloud-config…"}, or a list of such texts; the other keys are other programs'.
            var texts = vendor.Find("cloud-init");
            parts.AddRange(((IEnumerable<ConfigNode?>)(texts is SequenceNode list ? list.Items : [texts!])).OfType<ScalarNode>()
                .Select(text => Decode(Encoding.UTF8.GetBytes(text.Raw), null, Shown(name))));
        }
        parts.Add(files.ReadBytes($"{folder}/{userDataName}", PayloadDecoder.MaxBytes) is { } userData
            ? Decode(userData, null, Shown(userDataName))
            : new SourceResult.Absent($"{Shown(userDataName)} does not exist"));
        return Join(instance with { MetaData = With(top, named) }, [.. parts]);

        string Shown(string name) => $"{folder.TrimStart('/')}/{name}";
    }
}
