namespace Slipway.Config;

/// <summary>Reads typed values out of a mapping that has passed <see cref="SchemaCheck"/>; what is absent or null is null.</summary>
/// <param name="mapping">The mapping.</param>
internal readonly struct SectionReader(MappingNode mapping)
{
    /// <summary>Reads a mapping, when it is there, into a record.</summary>
    public T? Section<T>(string name, Func<SectionReader, T> read)
        where T : class => mapping.Find(name) is MappingNode inner ? read(new SectionReader(inner)) : null;

    /// <summary>Text as written.</summary>
    public string? Text(string name) => (mapping.Find(name) as ScalarNode)?.Raw;

    /// <summary>Text in a form of its own; null for <c>""</c>.</summary>
    public T? Parsed<T>(string name, Func<string, T?> parse)
        where T : class => Text(name) is { Length: > 0 } text ? parse(text) : null;

    /// <summary>An http or https address, or an OCI one.</summary>
    public Url? Address(string name) => Parsed(name, text => Url.TryParse(text, "https", "http", "oci"));

    /// <summary>A duration.</summary>
    public TimeSpan? Duration(string name) => Text(name) is { } text ? GoDuration.TryParse(text) : null;

    /// <summary>A boolean.</summary>
    public bool? Flag(string name) => mapping.Find(name) is ScalarNode scalar ? scalar.Raw[0] is 't' or 'T' : null;

    /// <summary>A whole number.</summary>
    public int? Number(string name) => mapping.Find(name) is ScalarNode scalar ? (int?)CoreSchema.WholeValue(scalar.Raw) : null;

    /// <summary>A word of an enumeration.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum => Text(name) is { } word ? Enum.Parse<T>(word, ignoreCase: true) : null;

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string>? Texts(string name) => Items(name, item => ((ScalarNode)item).Raw);

    /// <summary>A list.</summary>
    public IReadOnlyList<T>? Items<T>(string name, Func<ConfigNode, T> read) =>
        mapping.Find(name) is SequenceNode list ? [.. list.Items.Select(read)] : null;

    /// <summary>A mapping of texts.</summary>
    public IReadOnlyDictionary<string, string>? Map(string name) => Map(name, value => ((ScalarNode)value).Raw);

    /// <summary>A mapping with free keys.</summary>
    public IReadOnlyDictionary<string, T>? Map<T>(string name, Func<ConfigNode, T> read) =>
        (mapping.Find(name) as MappingNode)?.Entries.Where(e => e.Value is not NullNode)
            .ToDictionary(e => e.Key, e => read(e.Value), StringComparer.Ordinal);

    /// <summary>A mapping in another program's format.</summary>
    public MappingNode? Tree(string name) => mapping.Find(name) as MappingNode;

    /// <summary>A value of any form.</summary>
    public ConfigNode? Node(string name) => mapping.Find(name);

    /// <summary>A secret; null also for <c>""</c>.</summary>
    public SecretRef? Secret(string name) => SecretOf(mapping.Find(name));

    /// <summary>A secret by its node; null also for <c>""</c>.</summary>
    public static SecretRef? SecretOf(ConfigNode? node) => node switch
    {
        ScalarNode { Raw: "" } => null,
        ScalarNode scalar => new SecretRef.Literal(new Secret<string>(scalar.Raw)),
        MappingNode source => Source(new SectionReader(source)),
        _ => null,
    };

    private static SecretRef Source(SectionReader source)
    {
        if (source.Text("fromFile") is { Length: > 0 } path)
        {
            return new SecretRef.FromFile(path);
        }

        if (source.Text("fromCredential") is { Length: > 0 } credential)
        {
            return new SecretRef.FromCredential(credential);
        }

        if (source.Address("fromUrl") is { } url)
        {
            return new SecretRef.FromUrl(url, source.Map("headers", value => new Secret<string>(value is ScalarNode scalar ? scalar.Raw : ""))
                ?? new Dictionary<string, Secret<string>>());
        }

        return source.Texts("fromExec") is { } argv ? new SecretRef.FromExec(new Secret<IReadOnlyList<string>>(argv)) : new SecretRef.Scrubbed();
    }
}
