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

    /// <summary>Whether this very machine was told to look here, by its kernel line: then what is not there is late, and nothing else is taken for it.</summary>
    public virtual bool IsNamedBy(Host host) => false;

    /// <summary>What the kernel line names and nobody delivers, or not yet.</summary>
    protected static SourceResult Late(SourceResult result) => result is SourceResult.Absent absent
        ? new SourceResult.Unreachable(new Failure("config.source-late", absent.Why))
        : result;

    /// <summary>The source that a name of <c>--config-source</c> means.</summary>
    /// <exception cref="FailureException"><c>usage.unknown-source</c>.</exception>
    public static ConfigSource Parse(string name) => name switch
    {
        "cloud-init:" => new CloudInitSource(),
        "nocloud:" => new NoCloudSource(),
        "guestinfo:" => new GuestInfoSource(),
        "ovf:" => new OvfSource(),
        "imds:" or "imds://user-data" => new ImdsSource(),
        "configdrive:" => new ConfigDriveSource(),
        "cmdline:" => new CmdlineSource(),
        "fwcfg:" => new FwCfgSource(),
        _ when name.StartsWith("fwcfg:opt/", StringComparison.Ordinal) && !name.Split('/').Contains("..") => new FwCfgSource(name[6..]),
        _ when name.StartsWith("credential:", StringComparison.Ordinal) && CredentialSource.IsName(name[11..]) => new CredentialSource(name[11..]),
        "-" => new StandardInputSource(),
        _ when name.StartsWith("file://", StringComparison.Ordinal) && name[7..].StartsWith('/') => new FileSource(name[7..], OnNode: false),
        _ when name.StartsWith("ssm-parameter:", StringComparison.Ordinal) && name.Length > 14 => new SsmParameterSource(name[14..]),
        _ when name.StartsWith("https://", StringComparison.Ordinal) && PinnedUrl.TryParse(name) is { } url => new HttpsSource(url),
        _ => throw Unknown(name),
    };

    /// <summary>The source that a name in the node's own settings means: its paths are the node's, and below another root it asks nobody.</summary>
    /// <exception cref="FailureException"><c>usage.unknown-source</c>.</exception>
    public static ConfigSource OfNode(string name) => Parse(name) switch
    {
        FileSource file => file with { OnNode = true },
        NetworkSource served => served with { IsNodesOwn = true },
        var other => other,
    };

    private static FailureException Unknown(string name)
    {
        string[] plain = ["guestinfo:", "ovf:", "cloud-init:", "nocloud:", "configdrive:", "imds:", "fwcfg:", "cmdline:"];
        var word = name.Split(':')[0];
        var address = name.Contains("://", StringComparison.Ordinal) && word != "file";
        var (why, fix) = word switch
        {
            "https" when !name.Contains("#sha256=", StringComparison.Ordinal) =>
                ("the digest of the document is missing", "Use https://…#sha256=HEX; sha256sum FILE prints HEX."),
            "https" when name[(name.IndexOf('#', StringComparison.Ordinal) + 8)..] is var hex && (hex.Length != 64 || !hex.All(char.IsAsciiHexDigit)) =>
                ($"the digest, of {hex.Length} characters, is not 64 hexadecimal digits", "Use https://…#sha256=HEX with the 64 digits that sha256sum FILE prints."),
            "https" => ("this is no address", "Use https://…#sha256=HEX."),
            "http" => ("http is not read: anybody on the way could read the node's secrets", "Use https://…#sha256=HEX."),
            "credential" => ("the credential's name is missing, or is none", "Use credential:NAME, without a slash, such as credential:slipway.config."),
            "fwcfg" => ("QEMU keeps what is its user's below opt/", "Use fwcfg:opt/NAME, or fwcfg: for the usual name."),
            "ssm-parameter" => ("the parameter's name is missing", "Use ssm-parameter:NAME."),
            "file" when name.Length <= 7 && name.TrimEnd('/') == "file:" => ("the path is missing", "Use file:///PATH."),
            "file" => ("the path is not absolute", $"Use file://{Path.GetFullPath(name[(name.StartsWith("file://", StringComparison.Ordinal) ? 7 : 5)..])}"),
            _ when !address && (name.Contains('/', StringComparison.Ordinal) || name.EndsWith(".yaml", StringComparison.Ordinal)
                || name.EndsWith(".yml", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal)) =>
                ("a path needs file:// before it", $"Use file://{Path.GetFullPath(name)}"),
            _ when NearestName.Of(name, plain) is { } near => ($"no such source; did you mean \"{near}\"?", ""),
            _ => ("no such source", ""),
        };
        return new FailureException(new Failure("usage.unknown-source", $"--config-source {Url.Redact(name)}: {why}", fix.Length > 0 ? fix
            : $"Use one of: {string.Join(", ", plain)}, fwcfg:opt/NAME, credential:NAME, ssm-parameter:NAME, file:///PATH, https://…#sha256=HEX, -"));
    }

    /// <summary>Decodes what a source holds into one payload, or says why it cannot be.</summary>
    protected SourceResult Decode(ReadOnlyMemory<byte> bytes, string? encoding, string file, InstanceData? instance = null) =>
        PayloadDecoder.Decode(bytes, encoding) switch
        {
            DecodeResult.Decoded { Bytes.IsEmpty: true } => new SourceResult.Absent($"{file} is empty"),
            DecodeResult.Decoded decoded => new SourceResult.Found([new Payload(decoded.Bytes, new TextOrigin(Name, file))], instance ?? InstanceData.None),
            DecodeResult.Undecodable broken => new SourceResult.Malformed(broken.Failure with { What = $"{file}: {broken.Failure.What}" }),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The text of a key, dashes and underscores alike; null when it is absent, empty or no scalar.</summary>
    protected static string? Text(MappingNode mapping, string key) =>
        (mapping.Find(key) ?? mapping.Find(key.Replace('-', '_'))) is ScalarNode { Raw: { Length: > 0 } text } ? text : null;

    /// <summary>Reads a metadata document (YAML or JSON) that must be whole where it is there.</summary>
    /// <param name="metadata">Its bytes.</param>
    /// <param name="file">What the operator knows it as.</param>
    /// <param name="top">Its values; empty where it has none.</param>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    protected SourceResult.Malformed? Metadata(byte[] metadata, string file, out MappingNode top)
    {
        var read = YamlReader.Read(System.Text.Encoding.UTF8.GetString(metadata), new TextOrigin(Name, file), foreign: true);
        top = read.Documents is [MappingNode first, ..] ? first : new MappingNode(new Position(file, 1, 1), []);
        return read.Problems is [var problem, ..] ? new SourceResult.Malformed(new Failure(problem.Code, problem.ToString())) : null;
    }

    /// <summary>Metadata with some values set, whatever it has there itself.</summary>
    protected static MappingNode With(MappingNode metadata, IReadOnlyDictionary<string, string> values) => values.Count == 0 ? metadata : metadata with
    {
        Entries =
        [
            .. metadata.Entries.Where(entry => !values.ContainsKey(entry.Key)),
            .. values.Keys.Select(key => new MappingEntry(key, metadata.At, new ScalarNode(metadata.At, values[key], ScalarKind.Text))),
        ],
    };

    /// <summary>Several texts of one source as one result, in their order: broken where one is, absent where all are.</summary>
    /// <param name="instance">What the source says of the machine.</param>
    /// <param name="parts">Each text decoded; null for one that is not there.</param>
    protected static SourceResult Join(InstanceData instance, params IReadOnlyList<SourceResult?> parts)
    {
        var payloads = new List<Payload>();
        foreach (var part in parts)
        {
            switch (part)
            {
                case SourceResult.Malformed:
                    return part;
                case SourceResult.Found found:
                    payloads.AddRange(found.Payloads);
                    break;
            }
        }
        return payloads.Count > 0 ? new SourceResult.Found(payloads, instance) : parts.OfType<SourceResult.Absent>().Last();
    }
}
