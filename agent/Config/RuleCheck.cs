namespace Slipway.Config;

/// <summary>Checks on the merged document what must hold between fields: required ones, and exactly one of several.</summary>
internal static class RuleCheck
{
    /// <summary>All breaches in a merged document.</summary>
    /// <param name="merged">The result of <see cref="Fold"/>.</param>
    /// <param name="joins">Whether this run is to join; when it only prepares, what <c>spec.join</c> lacks is not missed.</param>
    public static IReadOnlyList<Problem> Merged(MappingNode merged, bool joins)
    {
        var problems = new List<Problem>();
        Walk(merged, NodeConfigSchema.Root, "", joins, problems);
        if (joins && ((merged.Find("spec") as MappingNode)?.Find("join") is null))
        {
            problems.Add(new Problem(merged.At, "spec.join", "config.missing-field", "missing", "kubeadm or eks, or mode: prepare"));
        }

        return problems;
    }

    /// <summary>All breaches in a value of any schema.</summary>
    /// <param name="node">The value.</param>
    /// <param name="type">Its schema.</param>
    /// <param name="path">What the paths of problems begin with.</param>
    public static IReadOnlyList<Problem> Of(ConfigNode node, FieldType type, string path)
    {
        var problems = new List<Problem>();
        Walk(node, type, path, joins: true, problems);
        return problems;
    }

    private static void Walk(ConfigNode node, FieldType? type, string path, bool joins, List<Problem> problems)
    {
        if (node is SequenceNode sequence && type is FieldType.ListOf list)
        {
            for (int i = 0; i < sequence.Items.Count; i++)
            {
                Walk(sequence.Items[i], list.Item, ConfigPath.Item(path, i), joins, problems);
            }
        }

        if (node is not MappingNode mapping || type is null or FieldType.Tree or FieldType.Confidential)
        {
            return;
        }

        FieldType.Section? section = type as FieldType.Section ?? (type as FieldType.TextOr)?.Mapping;
        // In a join that is not this run's business a field may be missing, but two that exclude each other are a mistake all the same.
        bool complete = joins || !(path == "spec.join" || path.StartsWith("spec.join.", StringComparison.Ordinal));
        foreach (Rule rule in section?.Rules ?? [])
        {
            Apply(rule, mapping, section!, path, complete, problems);
        }

        foreach (MappingEntry entry in mapping.Entries)
        {
            Walk(entry.Value, type.Child(entry.Key), ConfigPath.Join(path, entry.Key), joins, problems);
        }
    }

    private static void Apply(Rule rule, MappingNode mapping, FieldType.Section section, string path, bool complete, List<Problem> problems)
    {
        switch (rule)
        {
            case Rule.ExactlyOne one:
                string[] given = [.. one.Names.Where(name => Rule.IsGiven(mapping, name))];
                if (given.Length > 1)
                {
                    string places = string.Join(" and ", given.Select(name => $"{name} ({mapping.Entry(name)!.KeyAt})"));
                    problems.Add(new Problem(mapping.Entry(given[^1])!.KeyAt, path, "config.exclusive-fields", $"{places} exclude each other",
                        $"exactly one of {string.Join(", ", one.Names)}"));
                }
                else if (given.Length == 0 && complete)
                {
                    problems.Add(new Problem(mapping.At, path, "config.missing-field", $"none of {string.Join(", ", one.Names)} is given", "exactly one of them"));
                }

                break;
            case Rule.Required required when complete && !Rule.IsGiven(mapping, required.Name)
                && !(required.UnlessGiven is { } other && Rule.IsGiven(mapping, other)):
                problems.Add(new Problem(mapping.At, ConfigPath.Join(path, required.Name), "config.missing-field", "missing",
                    section.Find(required.Name)!.Type.Expected));
                break;
        }
    }
}
