namespace Slipway.Config;

/// <summary>Collects the entries of one mapping: refuses a key given twice, applies YAML's merge key <c>&lt;&lt;</c>.</summary>
/// <param name="path">The mapping's path, for problems.</param>
/// <param name="foreign">Whether a key given twice takes its last value instead, as other programs' readers do.</param>
/// <param name="problems">Where problems go.</param>
internal sealed class MappingBuilder(string path, bool foreign, List<Problem> problems)
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly List<MappingEntry> entries = [];
    private readonly List<MappingEntry> inherited = [];

    /// <summary>Adds an entry; the first of two with the same key stays, and the second is a problem.</summary>
    public void Add(MappingEntry entry)
    {
        if (places.TryAdd(entry.Key, entries.Count))
        {
            entries.Add(entry);
        }
        else if (foreign)
        {
            entries[places[entry.Key]] = entry;
        }
        else
        {
            MappingEntry first = entries[places[entry.Key]];
            problems.Add(new Problem(entry.KeyAt, ConfigPath.Join(path, entry.Key), "config.duplicate-field",
                $"given a second time; the first is in line {first.KeyAt.Line}"));
        }
    }

    /// <summary>Takes over the entries of a merge key's mapping, or list of mappings; the mapping's own entries win.</summary>
    /// <returns>How many entries came in, for the reader's bounds.</returns>
    public int Inherit(ConfigNode value, Position keyAt)
    {
        IReadOnlyList<ConfigNode> parents = value is SequenceNode list ? list.Items : [value];
        foreach (ConfigNode parent in parents)
        {
            if (parent is MappingNode mapping)
            {
                inherited.AddRange(mapping.Entries);
            }
            else
            {
                problems.Add(new Problem(keyAt, path, "config.wrong-type", "a merge key (<<) takes a mapping or a list of mappings"));
            }
        }

        return parents.OfType<MappingNode>().Sum(m => m.Entries.Count);
    }

    /// <summary>The finished mapping.</summary>
    public MappingNode Build(Position at)
    {
        foreach (MappingEntry entry in inherited)
        {
            if (places.TryAdd(entry.Key, entries.Count))
            {
                entries.Add(entry);
            }
        }

        return new MappingNode(at, entries);
    }
}
