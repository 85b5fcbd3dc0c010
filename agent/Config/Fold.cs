namespace Slipway.Config;

/// <summary>
/// Merges NodeConfig documents by presence: what a later document gives wins, also when it is <c>false</c>, <c>0</c>, <c>""</c> or
/// <c>[]</c>; null unsets; mappings merge by key; lists are replaced, but for those that the schema says append; a secret is one leaf.
/// Done on trees, before typing, so that every value keeps the place it came from.
/// </summary>
internal static class Fold
{
    /// <summary>Folds documents from left to right; the result holds no nulls but inside lists.</summary>
    /// <param name="documents">At least one document that <see cref="SchemaCheck"/> found right.</param>
    public static MappingNode Documents(IReadOnlyList<MappingNode> documents)
    {
        var merged = new MappingNode(documents[0].At, []);
        foreach (MappingNode document in documents)
        {
            merged = Mappings(merged, document, NodeConfigSchema.Root);
        }

        return merged;
    }

    private static ConfigNode? Values(ConfigNode? below, ConfigNode above, FieldType? type) => (above, type) switch
    {
        (NullNode, _) => null,
        (MappingNode mapping, FieldType.Section or FieldType.MapOf) =>
            Mappings(below as MappingNode ?? new MappingNode(mapping.At, []), mapping, type),
        (SequenceNode added, FieldType.ListOf { Appends: true }) when below is SequenceNode first =>
            new SequenceNode(first.At, [.. first.Items, .. added.Items]),
        (SequenceNode list, FieldType.Varying) when ReferenceEquals(type, KubeadmSchema.Documents) => KubeadmDocuments.Merge(below as SequenceNode, list),
        _ => above,
    };

    private static MappingNode Mappings(MappingNode below, MappingNode above, FieldType type)
    {
        var entries = new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal);
        foreach (MappingEntry entry in below.Entries)
        {
            entries[entry.Key] = entry;
        }

        foreach (MappingEntry entry in above.Entries)
        {
            ConfigNode? value = Values(entries.GetValueOrDefault(entry.Key)?.Value, entry.Value, type.Child(entry.Key));
            if (value is null)
            {
                entries.Remove(entry.Key);
            }
            else
            {
                entries[entry.Key] = entry with { Value = value };
            }
        }

        return new MappingNode(below.Entries.Count == 0 ? above.At : below.At, [.. entries.Values]);
    }
}
