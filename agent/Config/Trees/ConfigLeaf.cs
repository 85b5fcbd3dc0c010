namespace Slipway.Config;

/// <summary>A value of a merged document that has no values inside it: a scalar, a secret, an empty list or mapping.</summary>
/// <param name="Path">The field.</param>
/// <param name="Node">The value, with the place it came from.</param>
/// <param name="Type">What the schema says of it; null inside another program's format.</param>
internal sealed record ConfigLeaf(string Path, ConfigNode Node, FieldType? Type)
{
    /// <summary>All leaves, in order.</summary>
    public static IEnumerable<ConfigLeaf> Of(MappingNode merged) => Walk(merged, NodeConfigSchema.Root, "");

    /// <summary>Whether a document, before it is merged, holds a secret's value: where any text is taken, one in a secret's shape.</summary>
    public static bool HoldsSecret(ConfigNode document)
    {
        FieldType? type = (DocumentKinds.Of(document), document) switch
        {
            (DocumentKind.Ours, _) => NodeConfigSchema.Root,
            (DocumentKind.Eks, _) => EksSchema.Root,
            (_, MappingNode other) => KubeadmSchema.Of(other),
            _ => null,
        };
        return Walk(document, type, "").Any(leaf => leaf is { Type: FieldType.Confidential secret, Node: ScalarNode { Raw.Length: > 0 } value }
            && (secret.Format != TextFormat.Any || Quoting.LooksSecret(value.Raw)));
    }

    /// <summary>The type that holds for a value: of "text or mapping" the part that was taken.</summary>
    public static FieldType? Taken(FieldType? type, ConfigNode node) => type switch
    {
        FieldType.TextOr either => node is MappingNode ? either.Mapping : either.Plain,
        FieldType.Varying varying => Taken(varying.Of(node), node),
        _ => type,
    };

    private static IEnumerable<ConfigLeaf> Walk(ConfigNode node, FieldType? type, string path)
    {
        type = Taken(type, node);
        return (node, type) switch
        {
            (_, FieldType.Confidential) => [new ConfigLeaf(path, node, type)],
            (MappingNode { Entries.Count: > 0 } mapping, _) =>
                mapping.Entries.SelectMany(e => Walk(e.Value, type?.Child(e.Key), ConfigPath.Join(path, e.Key))),
            (SequenceNode { Items.Count: > 0 } list, _) =>
                list.Items.SelectMany((item, i) => Walk(item, (type as FieldType.ListOf)?.Item, ConfigPath.Item(path, i))),
            _ => [new ConfigLeaf(path, node, type)],
        };
    }
}
