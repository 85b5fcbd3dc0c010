using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>What cloud-init already fetched: its own copies of vendor data and user data, whichever datasource gave them.</summary>
/// <remarks>https://cloudinit.readthedocs.io/en/latest/reference/datasources.html; the copies are 0600 and root's.</remarks>
internal sealed record CloudInitSource() : ConfigSource("cloud-init:")
{
    private const string Folder = "/var/lib/cloud/instance/";
    private const string InstanceId = "/var/lib/cloud/data/instance-id";

    // The first is whole and root's only, the second without what cloud-init takes for secret.
    private static readonly string[] InstanceFiles = ["/run/cloud-init/instance-data-sensitive.json", "/run/cloud-init/instance-data.json"];

    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var instance = ReadInstance(host.Files);
        var payloads = new List<Payload>();
        // As in cloud-init, what the user says wins over what the vendor says.
        foreach (var name in (string[])["vendor-data", "vendor-data2", "user-data"])
        {
            var (raw, processed) = (Read(host.Files, name + ".txt"), Read(host.Files, name + ".txt.i"));
            switch (Choose(raw, processed, instance))
            {
                // A vendor's mistake in what is not for this node does not keep the node from booting.
                case { } chosen when name != "user-data" && chosen.Span.IndexOf("slipway"u8) < 0
                    && UserData.FindDocuments(chosen, new TextOrigin("", ""), instance) is UserDataResult.Malformed:
                    break;
                case { } chosen:
                    payloads.Add(new Payload(chosen, new TextOrigin(Name, chosen.Equals(raw) ? name : $"{name}.txt.i")));
                    break;
                case null when name == "user-data":
                    return Task.FromResult(Missing(raw, processed));
            }
        }
        return Task.FromResult<SourceResult>(new SourceResult.Found(payloads, instance));
    }

    /// <summary>
    /// Which of the two copies to read. In the raw one places are those of what the operator wrote, so it is read if it says
    /// enough by itself. The processed one (a MIME message of cloud-init's own making, parts decoded) has also what
    /// <c>#include</c> fetched. Neither is written atomically, so after a power cut either may be empty or cut short.
    /// </summary>
    private static ReadOnlyMemory<byte>? Choose(ReadOnlyMemory<byte>? raw, ReadOnlyMemory<byte>? processed, InstanceData instance)
    {
        if (processed is not { } message || !MimeReader.Begins(message.Span) || !MimeReader.Read(message, new TextOrigin("", "")).IsWhole)
        {
            return raw;
        }
        if (raw is not { } text || IsCutShort(text, message))
        {
            return message;
        }
        var origin = new TextOrigin("", "");
        return !Includes(text) && UserData.FindDocuments(text, origin, instance) is not UserDataResult.NoDocuments ? raw
            : UserData.FindDocuments(message, origin, instance) is not UserDataResult.NoDocuments ? message : raw;
    }

    // A list of addresses, by its first line or by the type of a part.
    private static bool Includes(ReadOnlyMemory<byte> text) =>
        text.Span.IndexOf("#include"u8) >= 0 || text.Span.IndexOf("text/x-include"u8) >= 0;

    /// <summary>Whether the processed copy goes on where the raw one ends.</summary>
    private static bool IsCutShort(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> message)
    {
        if (MimeReader.Begins(raw.Span))
        {
            return !MimeReader.Read(raw, new TextOrigin("", "")).IsWhole;
        }
        if (raw.Span.StartsWith(GzipMembers.Magic))
        {
            return PayloadDecoder.Decode(raw, "") is not DecodeResult.Decoded;
        }
        return MimeReader.Read(message, new TextOrigin("", "")).Parts is [{ IsPlain: true } part]
            && part.Body.Length > raw.Length && part.Body.Span.StartsWith(raw.Span) && !part.Body.Span[raw.Length..].Trim(" \t\r\n"u8).IsEmpty;
    }

    private static SourceResult Missing(ReadOnlyMemory<byte>? raw, ReadOnlyMemory<byte>? processed) => processed is { } torn && MimeReader.Begins(torn.Span)
        ? new SourceResult.Unreachable(new Failure("config.source-unreadable",
            $"{Folder}user-data.txt is {(raw is null ? "missing or empty" : "damaged")} and user-data.txt.i cut short: cloud-init's copies did not survive a power cut"))
        : new SourceResult.Absent($"{Folder}user-data.txt does not exist or is empty: cloud-init has not run, or found no user data");

    /// <summary>A copy's bytes; null where there is none, or none worth reading: empty, or the zeros that a power cut can leave.</summary>
    private static ReadOnlyMemory<byte>? Read(FileTree files, string name) =>
        files.ReadBytes(Folder + name, PayloadDecoder.MaxBytes) is { } bytes && bytes.AsSpan().Trim(" \t\r\n"u8).Trim((byte)0) is { IsEmpty: false }
            && (bytes.AsSpan().IndexOf((byte)0) < 0 || bytes.AsSpan().StartsWith(GzipMembers.Magic)) ? bytes : default(ReadOnlyMemory<byte>?);

    private InstanceData ReadInstance(FileTree files)
    {
        foreach (var path in InstanceFiles)
        {
            if (files.ReadText(path) is { } json && YamlReader.Read(json, new TextOrigin(Name, path), foreign: true) is { Problems: [], Documents: [MappingNode top, ..] })
            {
                var v1 = top.Find("v1") as MappingNode;
                var ds = top.Find("ds") as MappingNode;
                return new InstanceData
                {
                    InstanceId = (v1 is null ? null : Text(v1, "instance_id")) ?? SavedId(files),
                    LocalHostname = v1 is null ? null : Text(v1, "local_hostname"),
                    // The datasource of EC2 spells it with a dash.
                    MetaData = (ds?.Find("meta_data") ?? ds?.Find("meta-data")) as MappingNode,
                    V1 = v1,
                };
            }
        }
        return SavedId(files) is { } id ? new InstanceData { InstanceId = id } : InstanceData.None;
    }

    private static string? SavedId(FileTree files) => files.ReadText(InstanceId)?.Trim() is { Length: > 0 } id ? id : null;
}
