using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>The OVF environment: <c>guestinfo.ovfEnv</c>, or <c>ovf-env.xml</c> on a CD. Its properties are user data, instance id and host name.</summary>
/// <remarks>DSP0243 §9; the names of properties and files are those of cloud-init's DataSourceOVF.</remarks>
internal sealed record OvfSource() : ConfigSource("ovf:")
{
    private static readonly string[] FileNames = ["ovf-env.xml", "ovf_env.xml", "OVF_ENV.XML", "OVF-ENV.XML"];

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (!GuestInfoChannel.IsPossible(host))
        {
            return new SourceResult.Absent("no hypervisor to ask below another root");
        }
        using var channel = new GuestInfoChannel(host);
        var value = await channel.GetAsync("ovfEnv", ct);
        if (value is GuestInfoValue.Is { IsRedacted: false } document)
        {
            return Read(host, document.Bytes, "guestinfo.ovfEnv");
        }
        var disc = host.Files.IsRunningSystem
            ? ReadDiscs(host, BlockDevices.Optical(host.Files))
            : new SourceResult.Absent("guestinfo.ovfEnv is not set, and discs are not looked at below another root");
        return disc is SourceResult.Absent && value is GuestInfoValue.Unknown { IsNobody: false } unknown
            ? new SourceResult.Unreachable(unknown.Failure)
            : disc;
    }

    /// <summary>What an OVF environment says.</summary>
    /// <param name="host">The machine, whose own id serves where the document has none.</param>
    /// <param name="bytes">The document.</param>
    /// <param name="file">What the operator knows it as.</param>
    internal SourceResult Read(Host host, byte[] bytes, string file)
    {
        IReadOnlyDictionary<string, string> properties;
        try
        {
            properties = OvfEnvironment.Read(bytes);
        }
        catch (FailureException e)
        {
            return new SourceResult.Malformed(e.Failure with { What = $"{file}: {e.Failure.What}" });
        }
        if (properties.GetValueOrDefault("user-data") is not { Length: > 0 } userData)
        {
            return new SourceResult.Absent($"{file} has no property user-data");
        }
        var uuid = Facts.Dmi(host.Files, "product_uuid").ToLowerInvariant();
        return Decode(Encoding.UTF8.GetBytes(userData), IsBase64(userData) ? "base64" : null, $"{file} user-data", new InstanceData
        {
            InstanceId = Said("instance-id") ?? (uuid.Length > 0 ? uuid : null),
            LocalHostname = Said("hostname"),
        });

        string? Said(string key) => properties.GetValueOrDefault(key) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Whether it is meant to be base64: user data written out has a colon, a hash or a brace somewhere, which base64 never has.</summary>
    private static bool IsBase64(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/' or '=' or '-' or '_' or ' ' or '\r' or '\n' or '\t'))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The first of some devices that holds an OVF environment. A disc that cannot be read is somebody else's damage: no label says it is ours.</summary>
    internal SourceResult ReadDiscs(Host host, IReadOnlyList<string> devices)
    {
        var why = "guestinfo.ovfEnv is not set, and there is no CD";
        foreach (var device in devices)
        {
            switch (LabelledDisk.Read(host, [device], anyType: false, why, FileNames[0], disc =>
                FileNames.Where(name => disc.Exists($"/{name}")).Select(name => Read(host, disc.ReadBytes($"/{name}", PayloadDecoder.MaxBytes)!, name)).FirstOrDefault()))
            {
                case SourceResult.Absent absent:
                    why = absent.Why;
                    break;
                case SourceResult.Unreachable { Failure: var failure }:
                    why = failure.What;
                    break;
                case SourceResult.Malformed { Failure: { Code: "config.source-unreadable" } failure }:
                    why = failure.What;
                    break;
                case var ours:
                    return ours;
            }
        }
        return new SourceResult.Absent(why);
    }
}
