namespace Slipway.Config;

/// <summary>Checks on the merged document what must hold between fields: required ones, and exactly one of several.</summary>
internal sealed class RuleCheck
{
    private readonly bool joins;
    private readonly IReadOnlyCollection<string> meant;
    private readonly List<Problem> problems = [];

    private RuleCheck(bool joins, IReadOnlyCollection<string> meant) => (this.joins, this.meant) = (joins, meant);

    /// <summary>All breaches in a merged document.</summary>
    /// <param name="merged">The result of <see cref="Fold"/>; values of a wrong form may be in it.</param>
    /// <param name="joins">Whether this run is to join; when it only prepares, what <c>spec.join</c> lacks is not missed.</param>
    /// <param name="meant">Paths that misspelt fields were probably meant as: what is misspelt is not missing as well.</param>
    public static IReadOnlyList<Problem> Merged(MappingNode merged, bool joins, IReadOnlyCollection<string> meant)
    {
        var check = new RuleCheck(joins, meant);
        check.Walk(merged, NodeConfigSchema.Root, "");
        if (joins && merged.Reach("spec") is null or MappingNode && merged.Reach("spec.join") is null && !meant.Contains("spec"))
        {
            check.Missing(merged, "spec.join", "missing", "kubeadm or eks, or mode: prepare", "spec.join");
        }

        return check.problems;
    }

    /// <summary>All breaches in a value of any schema.</summary>
    /// <param name="node">The value.</param>
    /// <param name="type">Its schema.</param>
    /// <param name="path">What the paths of problems begin with.</param>
    public static IReadOnlyList<Problem> Of(ConfigNode node, FieldType type, string path)
    {
        var check = new RuleCheck(joins: true, meant: []);
        check.Walk(node, type, path);
        return check.problems;
    }

    private void Walk(ConfigNode node, FieldType? type, string path)
    {
        if (node is SequenceNode sequence && type is FieldType.ListOf list)
        {
            for (int i = 0; i < sequence.Items.Count; i++)
            {
                Walk(sequence.Items[i], list.Item, ConfigPath.Item(path, i));
            }
        }

        if (node is not MappingNode mapping || type is null or FieldType.Confidential)
        {
            return;
        }

        FieldType.Section? section = type as FieldType.Section ?? (type as FieldType.TextOr)?.Mapping;
        foreach (Rule rule in section?.Rules ?? [])
        {
            Apply(rule, mapping, section!, path);
        }

        foreach (MappingEntry entry in mapping.Entries)
        {
            Walk(entry.Value, type.Child(entry.Key), ConfigPath.Join(path, entry.Key));
        }
    }

    private void Apply(Rule rule, MappingNode mapping, FieldType.Section section, string path)
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
                else if (given.Length == 0)
                {
                    Missing(mapping, path, $"none of {string.Join(", ", one.Names)} is given", "exactly one of them",
                        [.. one.Names.Select(name => ConfigPath.Join(path, name))]);
                }

                break;
            case Rule.Required required when !Rule.IsGiven(mapping, required.Name) && !(required.UnlessGiven is { } other && Rule.IsGiven(mapping, other)):
                string at = ConfigPath.Join(path, required.Name);
                Missing(mapping, at, "missing", section.Find(required.Name)!.Type.Expected, at);
                break;
        }
    }

    private void Missing(MappingNode mapping, string path, string message, string expected, params string[] wanted)
    {
        // In a join that is not this run's business a field may be missing, but two that exclude each other are a mistake all the same.
        bool wantedNow = joins || !(path == "spec.join" || path.StartsWith("spec.join.", StringComparison.Ordinal));
        if (wantedNow && !wanted.Any(field => meant.Any(m => m == field || m.StartsWith(field + ".", StringComparison.Ordinal))))
        {
            problems.Add(new Problem(mapping.At, path, "config.missing-field", message, expected));
        }
    }
}
