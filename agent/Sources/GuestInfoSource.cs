using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>
/// VMware guestinfo, by whatever <see cref="GuestInfoChannel"/> finds: vendor data, then user data. Keys, encodings and the meaning of
/// <c>---</c> as cloud-init's DataSourceVMware has them; what cannot be read or decoded is never taken for absent.
/// </summary>
internal sealed record GuestInfoSource() : ConfigSource(SourceName)
{
    /// <summary>Its name.</summary>
    public const string SourceName = "guestinfo:";

    private const string Redacted = "---";
    private static readonly SourceResult.Absent RedactedUserData = new($"guestinfo.userdata is redacted ({Redacted})");

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        if (!GuestInfoChannel.IsPossible(host))
        {
            return new SourceResult.Absent("no hypervisor to ask below another root");
        }
        using var channel = new GuestInfoChannel(host);
        var payloads = new List<Payload>();
        SourceResult.Absent? why = null;
        var metadata = ReadOnlyMemory<byte>.Empty;
        foreach (var key in (string[])["userdata", "vendordata", "metadata"])
        {
            switch (await PartAsync(channel, key, ct))
            {
                case SourceResult.Found part when key == "metadata":
                    metadata = part.Payloads[0].Bytes;
                    break;
                case SourceResult.Found part:
                    // What the platform says goes before what the user says, who may overrule it.
                    payloads.InsertRange(0, part.Payloads);
                    break;
                case SourceResult.Absent when key != "userdata":
                    break;
                case SourceResult.Absent absent:
                    why = absent;
                    if (ReferenceEquals(absent, RedactedUserData))
                    {
                        return absent;
                    }
                    break;
                case var failed:
                    return failed;
            }
        }
        if (payloads.Count == 0)
        {
            return why!;
        }
        if (Metadata(metadata.ToArray(), "guestinfo.metadata", out var top) is { } broken)
        {
            return broken;
        }
        var uuid = Facts.Dmi(host.Files, "product_uuid").ToLowerInvariant();
        return new SourceResult.Found(payloads, new InstanceData
        {
            InstanceId = Text(top, "instance-id") ?? (uuid.Length > 0 ? uuid : null),
            LocalHostname = Text(top, "local-hostname"),
            MetaData = metadata.IsEmpty ? null : top,
        });
    }

    /// <summary>One key, decoded as its <c>.encoding</c> says.</summary>
    private async Task<SourceResult> PartAsync(GuestInfoChannel channel, string key, CancellationToken ct)
    {
        switch (await channel.GetAsync(key, ct))
        {
            case GuestInfoValue.Is { IsRedacted: true }:
                return key == "userdata" ? RedactedUserData : new SourceResult.Absent("redacted");
            case GuestInfoValue.Is value:
                var encoding = await channel.GetAsync($"{key}.encoding", ct);
                return encoding is GuestInfoValue.Unknown unread
                    ? new SourceResult.Unreachable(unread.Failure)
                    : Decode(value.Bytes, encoding is GuestInfoValue.Is name ? Encoding.UTF8.GetString(name.Bytes) : null, $"guestinfo.{key}");
            case GuestInfoValue.Unknown unknown:
                return unknown.IsNobody ? new SourceResult.Absent(unknown.Failure.What) : new SourceResult.Unreachable(unknown.Failure);
            default:
                return new SourceResult.Absent($"guestinfo.{key} is not set");
        }
    }

    /// <summary>Takes vendor data and user data out of guestinfo, once they are safely saved: whoever reads it later finds <c>---</c>.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="saved">The <see cref="SourceResult.Found.Fingerprint"/> of what was saved: what was put there since is not taken away.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <returns>Why it could not be done; null when it is done, also when it was done before or there is nowhere to write to.</returns>
    public static async Task<string?> RedactAsync(Host host, string saved, CancellationToken ct)
    {
        if (Processes.HasGuestInfoEnvironment || host.Vsock is null)
        {
            return null;
        }
        switch (await new GuestInfoSource().ReadAsync(host, ct))
        {
            case SourceResult.Found found when found.Fingerprint != saved:
                return "what is there now is not what was accepted";
            case SourceResult.Unreachable { Failure: var failure }:
                return failure.ToString();
            case SourceResult.Malformed { Failure: var failure }:
                return failure.ToString();
        }
        using var channel = new GuestInfoChannel(host);
        // The user data last: until it is gone, a boot after a power cut finds it again and finishes the job.
        foreach (var key in (string[])["vendordata", "userdata"])
        {
            // The value before its encoding, whose name does no harm without it.
            foreach (var name in (string[])[key, $"{key}.encoding"])
            {
                var value = await channel.GetAsync(name, ct);
                if (value is GuestInfoValue.Is { IsRedacted: false })
                {
                    value = await channel.SetAsync(name, name == key ? Redacted : " ", ct);
                }
                if (value is GuestInfoValue.Unknown unknown)
                {
                    return unknown.IsNobody ? null : unknown.Failure.ToString();
                }
            }
        }
        return null;
    }
}
