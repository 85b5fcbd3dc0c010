namespace Slipway.Config;

/// <summary>
/// A value of a YAML or JSON document with its place: one of <see cref="ScalarNode"/>, <see cref="MappingNode"/>,
/// <see cref="SequenceNode"/>, <see cref="NullNode"/>. None of them prints its content, which may be a secret.
/// </summary>
/// <param name="At">Where the value begins.</param>
internal abstract record ConfigNode(Position At)
{
    /// <summary>What the value is, in words for a message: <c>text</c>, <c>a list</c>, ….</summary>
    public abstract string Noun { get; }

    /// <summary>The kind and the place, never the content.</summary>
    public sealed override string ToString() => $"{Noun} at {At}";
}

/// <summary>What a scalar is by YAML 1.2's core schema; anything quoted is text.</summary>
internal enum ScalarKind
{
    /// <summary>Text, quoted or not.</summary>
    Text,

    /// <summary>An unquoted <c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>An unquoted whole number.</summary>
    Whole,

    /// <summary>An unquoted number with a fraction or an exponent.</summary>
    Fraction,
}

/// <summary>Text, a boolean or a number.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Raw">The characters as written, quotes and escapes resolved: <c>1.30</c> stays <c>1.30</c>.</param>
/// <param name="Kind">What the characters mean where nothing else is asked for.</param>
/// <param name="Quoted">Whether it was quoted or a block.</param>
internal sealed record ScalarNode(Position At, string Raw, ScalarKind Kind, bool Quoted = true) : ConfigNode(At)
{
    /// <summary>Where the lines of a literal block lie; null for any other style, whose lines have been joined or escaped.</summary>
    public TextOrigin? Block { get; init; }

    /// <inheritdoc/>
    public override string Noun => Kind switch
    {
        ScalarKind.Boolean => "a boolean",
        ScalarKind.Whole => "a whole number",
        ScalarKind.Fraction => "a number",
        _ => "text",
    };
}

/// <summary>A key with its value.</summary>
/// <param name="Key">The key's text.</param>
/// <param name="KeyAt">Where the key is.</param>
/// <param name="Value">The value.</param>
internal sealed record MappingEntry(string Key, Position KeyAt, ConfigNode Value);

/// <summary>A mapping (JSON: an object); the entries keep their order, no key is there twice.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Entries">The entries in order.</param>
internal sealed record MappingNode(Position At, IReadOnlyList<MappingEntry> Entries) : ConfigNode(At)
{
    /// <inheritdoc/>
    public override string Noun => "a mapping";

    /// <summary>The value of a key; null where the key is absent or its value is null, which counts as absent.</summary>
    public ConfigNode? Find(string key) => Entry(key)?.Value is { } value and not NullNode ? value : null;

    /// <summary>The value at a path of plain keys with dots between, such as <c>spec.node.ip</c>; null as for <see cref="Find"/>.</summary>
    public ConfigNode? Reach(string path)
    {
        ConfigNode? node = this;
        foreach (string key in path.Split('.'))
        {
            node = (node as MappingNode)?.Find(key);
        }

        return node;
    }

    /// <summary>The entry of a key, also when its value is null.</summary>
    public MappingEntry? Entry(string key) => Entries.FirstOrDefault(e => e.Key == key);
}

/// <summary>A list (JSON: an array).</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Items">The items in order.</param>
internal sealed record SequenceNode(Position At, IReadOnlyList<ConfigNode> Items) : ConfigNode(At)
{
    /// <inheritdoc/>
    public override string Noun => "a list";
}

/// <summary>An explicit null, or nothing after a key.</summary>
/// <param name="At">Where it is.</param>
internal sealed record NullNode(Position At) : ConfigNode(At)
{
    /// <inheritdoc/>
    public override string Noun => "null";
}
