using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>A place where a node can get its configuration.</summary>
/// <param name="Name">The name that <c>--config-source</c> takes, such as <c>nocloud:</c>.</param>
internal abstract record ConfigSource(string Name)
{
    /// <summary>Asks the source. Never waits for what this platform cannot have.</summary>
    public abstract Task<SourceResult> ReadAsync(Host host, CancellationToken ct);

    /// <summary>The source that a name of <c>--config-source</c> means.</summary>
    /// <exception cref="FailureException"><c>usage.unknown-source</c>.</exception>
    public static ConfigSource Parse(string name) => name switch
    {
        "cloud-init:" => new CloudInitSource(),
        "nocloud:" => new NoCloudSource(),
        "guestinfo:" => new GuestInfoSource(),
        "-" => new StandardInputSource(),
        _ when name.StartsWith("file://", StringComparison.Ordinal) && name[7..].StartsWith('/') => new FileSource(name[7..], OnNode: false),
        _ => throw new FailureException(new Failure("usage.unknown-source", $"--config-source {name}: no such source",
            "Use one of: guestinfo:, cloud-init:, nocloud:, file:///PATH, -")),
    };

    /// <summary>Decodes what a source holds into one payload, or says why it cannot be.</summary>
    protected SourceResult Decode(ReadOnlyMemory<byte> bytes, string? encoding, string file, string? localHostname) =>
        PayloadDecoder.Decode(bytes, encoding) switch
        {
            DecodeResult.Decoded { Bytes.IsEmpty: true } => new SourceResult.Absent($"{file} is empty"),
            DecodeResult.Decoded decoded => new SourceResult.Found([new Payload(decoded.Bytes, new TextOrigin(Name, file))], localHostname),
            DecodeResult.Undecodable broken => new SourceResult.Malformed(broken.Failure with { What = $"{file}: {broken.Failure.What}" }),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary><c>local-hostname</c> of a metadata document (YAML or JSON); null when it has none or cannot be read.</summary>
    protected static string? LocalHostname(string? metadata, params string[] keys)
    {
        if (metadata is null || YamlReader.Read(metadata, "meta-data").Documents is not [MappingNode top, ..])
        {
            return null;
        }
        ConfigNode? node = top;
        foreach (var key in keys.Length > 0 ? keys : ["local-hostname"])
        {
            node = (node as MappingNode)?.Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
        }
        return (node as ScalarNode)?.Raw is { Length: > 0 } name ? name : null;
    }
}
