namespace Slipway.Config;

/// <summary>The agent's own settings: what it needs before it has any configuration.</summary>
internal sealed record Settings
{
    /// <summary>The file they are in; it need not be there.</summary>
    public const string FilePath = "/etc/slipway/slipway.yaml";

    /// <summary>The settings where nothing is set.</summary>
    public static Settings None { get; } = new();

    /// <summary>Names of sources in the order of the automatic choice; null lets the platform decide.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>How long <c>run</c> goes on asking sources that cannot be reached.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The proxy while there is no configuration yet; null takes the environment's.</summary>
    public ProxySection? Proxy { get; init; }

    /// <summary>CA certificates trusted beside the system's, PEM; null when there are none.</summary>
    public string? TrustedCAs { get; init; }

    /// <summary>The vsock context id of the peer that answers for guestinfo: 0 is VMware's hypervisor.</summary>
    public uint GuestinfoContextId { get; init; }

    /// <summary>The mistakes in the file. With any, nothing in it counts.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>Reads the file.</summary>
    /// <param name="bytes">Its content; null when there is none.</param>
    public static Settings Read(byte[]? bytes)
    {
        var origin = new TextOrigin("", FilePath);
        if (Utf8Text.Decode(bytes, origin, out Problem? undecodable) is not { } text)
        {
            return new Settings { Problems = [undecodable!] };
        }

        ReadResult read = YamlReader.Read(text, origin);
        List<Problem> problems = [.. read.Problems, .. read.Documents.SelectMany(document => SchemaCheck.Against(document, SettingsSchema.Root))];
        if (read.Documents.Count > 1)
        {
            problems.Add(new Problem(read.Documents[1].At, "", "config.syntax", "a second document", "one document"));
        }

        return problems.Count > 0 ? new Settings { Problems = problems }
            : read.Documents is [MappingNode root] ? Of(new SectionReader(root)) : None;
    }

    private static Settings Of(SectionReader root) => new()
    {
        Sources = root.Items("sources", item => SourceNames.Full(((ScalarNode)item).Raw)),
        Wait = root.Duration("wait") ?? None.Wait,
        Proxy = root.Section("proxy", s => new ProxySection(s.Address("http"), s.Address("https"), s.Texts("noProxy"))),
        TrustedCAs = root.Text("trustedCAs"),
        GuestinfoContextId = root.Tree("guestinfo") is { } guestinfo ? (uint)(new SectionReader(guestinfo).Number("contextId") ?? 0) : 0,
    };
}
