namespace Slipway.Config;

/// <summary>
/// Compares one document with <see cref="NodeConfigSchema"/>: names, types and forms, every mistake in one go, up to <see cref="MaxProblems"/>.
/// What must hold between fields is <see cref="RuleCheck"/>'s, because a single document may be partial.
/// </summary>
internal sealed class SchemaCheck
{
    /// <summary>How many mistakes of one document are reported; whoever has more has given the wrong file.</summary>
    public const int MaxProblems = 200;

    private readonly FieldType.Section root;
    private readonly bool saved;
    private readonly KubernetesVersion? version;
    private readonly ICollection<string>? meant;
    private readonly List<Problem> problems = [];
    private bool inSecret;
    private Severity severity;

    private SchemaCheck(FieldType.Section root, bool saved, KubernetesVersion? version, ICollection<string>? meant) =>
        (this.root, this.saved, this.version, this.meant) = (root, saved, version, meant);

    /// <summary>All mistakes of a document against any schema, in the order of the text.</summary>
    /// <param name="document">The document's root.</param>
    /// <param name="root">The schema.</param>
    /// <param name="path">What the paths of problems begin with.</param>
    /// <param name="saved">Whether it is Slipway's own saved copy.</param>
    /// <param name="version">The version of Kubernetes chosen; null takes the fields of all versions.</param>
    public static IReadOnlyList<Problem> Against(
        ConfigNode document, FieldType.Section root, string path = "", bool saved = false, KubernetesVersion? version = null)
    {
        var check = new SchemaCheck(root, saved, version, meant: null);
        check.Value(document, root, path);
        return check.problems;
    }

    /// <summary>All mistakes of a NodeConfig, in the order of the text.</summary>
    /// <param name="document">The document's root.</param>
    /// <param name="saved">Whether it is Slipway's own saved copy, where a secret may be marked as scrubbed.</param>
    /// <param name="version">The version of Kubernetes chosen; null takes the kubelet's fields of all versions.</param>
    /// <param name="meant">Collects the paths of the fields that misspelt or misplaced ones were probably meant as.</param>
    public static IReadOnlyList<Problem> Document(
        ConfigNode document, bool saved = false, KubernetesVersion? version = null, ICollection<string>? meant = null)
    {
        var check = new SchemaCheck(NodeConfigSchema.Root, saved, version, meant);
        check.Value(document, NodeConfigSchema.Root, "");
        if (document is MappingNode root)
        {
            foreach (string name in (string[])["apiVersion", "kind"])
            {
                if (root.Find(name) is null)
                {
                    check.Report(root.At, name, "config.missing-field", "missing", ((FieldType.Section)NodeConfigSchema.Root).Find(name)!.Type.Expected);
                }
            }
        }

        return check.problems;
    }

    private void Value(ConfigNode node, FieldType type, string path)
    {
        switch (type)
        {
            case FieldType.Section section when node is MappingNode mapping:
                Fields(mapping, section, path);
                break;
            case FieldType.MapOf map when node is MappingNode mapping:
                Entries(mapping, map, path);
                break;
            case FieldType.ListOf list when node is SequenceNode sequence:
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    Value(sequence.Items[i], list.Item, ConfigPath.Item(path, i));
                }

                break;
            case FieldType.Varying varying when varying.Of(node) is var taken:
                // The items are foreign documents: they have a check of their own, which knows whether they are this run's business.
                if (taken is FieldType.ListOf or FieldType.Confidential)
                {
                    Value(node, taken, path);
                }

                break;
            case FieldType.Tree when node is MappingNode:
                break;
            case FieldType.TextOr either:
                Value(node, node is MappingNode ? either.Mapping : either.Plain, path);
                break;
            case FieldType.Confidential secret:
                Secret(node, secret, path);
                break;
            case FieldType.Text text when node is ScalarNode scalar:
                TextValue(scalar, text, path);
                break;
            case FieldType.Choice choice when node is ScalarNode { Kind: ScalarKind.Text } scalar:
                Word(scalar, choice, path);
                break;
            case FieldType.Number number when node is ScalarNode { Kind: ScalarKind.Whole } scalar:
                if (CoreSchema.WholeValue(scalar.Raw) is not { } value || value < number.Least || value > number.Most)
                {
                    Report(scalar, path, "config.invalid-value", $"{Quoting.Value(scalar.Raw)} is out of range", number.Expected);
                }

                break;
            case FieldType.Fraction when node is ScalarNode { Kind: ScalarKind.Whole or ScalarKind.Fraction }:
                break;
            case FieldType.Fraction { Else: { } format } when node is ScalarNode { Kind: ScalarKind.Text } scalar:
                TextValue(scalar, new FieldType.Text(format), path);
                break;
            case FieldType.Flag when node is ScalarNode { Kind: ScalarKind.Boolean }:
                break;
            default:
                WrongType(node, type, path);
                break;
        }
    }

    private void Fields(MappingNode mapping, FieldType.Section section, string path)
    {
        Severity outer = severity;
        if (section.Foreign && version is not null && (version.Major > 1 || version.Minor > KubeletSchema.NewestMinor))
        {
            severity = Severity.Warning;
        }

        foreach (MappingEntry entry in mapping.Entries)
        {
            string at = ConfigPath.Join(path, entry.Key);
            if (section.Find(entry.Key) is not { } field)
            {
                Unknown(entry, section, path);
            }
            else if (field.Since > version?.Minor && version.Major == 1)
            {
                Report(entry.KeyAt, at, "config.unknown-field",
                    $"Kubernetes {version} does not have this field: it came with 1.{field.Since}", "no such field, or a newer spec.kubernetes.version");
            }
            else if (entry.Value is not NullNode)
            {
                Value(entry.Value, field.Type, at);
            }
        }

        severity = outer;
    }

    private void Unknown(MappingEntry entry, FieldType.Section section, string path)
    {
        if (problems.Count >= MaxProblems)
        {
            return;
        }

        string[] known = [.. section.Fields.Select(f => f.Name)];
        // kubeadm's name of what is "flags" here.
        string? nearest = NearestName.Of(entry.Key, known) ?? (entry.Key.EndsWith("xtraArgs", StringComparison.Ordinal) && known.Contains("flags") ? "flags" : null);
        string? elsewhere = nearest is null ? SchemaPaths.Of(entry.Key, root) : null;
        if ((nearest ?? elsewhere) is not null)
        {
            meant?.Add(nearest is not null ? ConfigPath.Join(path, nearest) : ConfigPath.Join(elsewhere!, entry.Key));
        }

        string message = elsewhere is not null ? $"unknown field here; it belongs into {elsewhere}"
            : section.Foreign && version is not null ? $"unknown field: slipway does not know it of the kubelet {version}" : "unknown field";
        // A hundred names help nobody; of those, the nearest alone is told.
        string? expected = known.Length <= 40 ? $"one of {string.Join(", ", known)}" : nearest is null ? "a field of KubeletConfiguration" : null;
        Report(entry.KeyAt, ConfigPath.Join(path, entry.Key), "config.unknown-field", message, expected, nearest);
    }

    private void Entries(MappingNode mapping, FieldType.MapOf map, string path)
    {
        foreach (MappingEntry entry in mapping.Entries)
        {
            string at = ConfigPath.Join(path, entry.Key);
            if (!map.Key.Accepts(entry.Key))
            {
                Report(entry.KeyAt, at, "config.invalid-value", "this key cannot be used", map.Key.Expected);
            }

            if (entry.Value is not NullNode)
            {
                Value(entry.Value, map.Value, at);
            }
        }
    }

    private void TextValue(ScalarNode scalar, FieldType.Text text, string path)
    {
        if (text.Strict ? scalar.Kind != ScalarKind.Text : scalar.Kind == ScalarKind.Boolean && !text.AnyScalar)
        {
            Report(scalar, path, "config.wrong-type", $"{scalar.Noun} where text is expected; as text it is \"{scalar.Raw}\" in quotes", text.Expected);
        }
        else if (!Fits(scalar.Raw, text.Format))
        {
            // The secret itself may have been written where its file's name belongs.
            bool outer = inSecret;
            inSecret |= text.Format.IsAddress && scalar.Raw.Contains('@', StringComparison.Ordinal);
            string value = inSecret ? Quoting.Concealed(scalar.Raw) : Quoting.Value(scalar.Raw);
            Report(scalar, path, "config.invalid-value", $"{value} does not fit", text.Expected, inSecret ? null : text.Format.Correct?.Invoke(scalar.Raw));
            inSecret = outer;
        }
    }

    private void Word(ScalarNode scalar, FieldType.Choice choice, string path)
    {
        if (!choice.Words.Contains(scalar.Raw) && !(choice.EmptyIsAbsent && scalar.Raw.Length == 0))
        {
            string code = path is "apiVersion" or "kind" ? "config.kind-unsupported" : "config.invalid-value";
            Report(scalar, path, code, $"{Quoting.Value(scalar.Raw)} is not known", choice.Expected, NearestName.Of(scalar.Raw, choice.Words));
        }
    }

    private void Secret(ConfigNode node, FieldType.Confidential secret, string path)
    {
        if (node is ScalarNode { Kind: not ScalarKind.Boolean } scalar)
        {
            if (!Fits(scalar.Raw, secret.Format))
            {
                Report(scalar.At, path, "config.invalid-value", $"{Quoting.Concealed(scalar.Raw)} does not fit", secret.Expected);
            }
        }
        else if (node is not MappingNode mapping || secret.ValueOnly)
        {
            Report(node.At, path, "config.wrong-type", $"{node.Noun} where a secret is expected",
                secret.ValueOnly ? secret.Expected : $"{secret.Expected}, or a mapping with one of fromFile, fromCredential, fromUrl, fromExec");
        }
        else if (!(saved && NodeConfigJson.IsScrubbed(mapping)))
        {
            int before = problems.Count;
            bool outer = inSecret;
            inSecret = true;
            Fields(mapping, NodeConfigSchema.SecretSource, path);
            inSecret = outer;
            int given = mapping.Entries.Count(e => e.Key != "headers" && Rule.IsGiven(mapping, e.Key));
            if (problems.Count == before && (given != 1 || (mapping.Find("headers") is not null && mapping.Find("fromUrl") is null)))
            {
                Report(mapping.At, path, "config.exclusive-fields", "it is not clear where the secret is read",
                    "exactly one of fromFile, fromCredential, fromUrl (with headers), fromExec");
            }
        }
    }

    private void WrongType(ConfigNode node, FieldType type, string path)
    {
        string hint = (type, node) switch
        {
            (FieldType.Flag, ScalarNode { Quoted: false, Kind: ScalarKind.Text, Raw: var raw })
                when raw.ToLowerInvariant() is "yes" or "on" or "y" => "text to YAML 1.2, not a boolean: write true",
            (FieldType.Flag, ScalarNode { Quoted: false, Kind: ScalarKind.Text, Raw: var raw })
                when raw.ToLowerInvariant() is "no" or "off" or "n" => "text to YAML 1.2, not a boolean: write false",
            (FieldType.Flag or FieldType.Number, ScalarNode { Quoted: true }) => "text: leave out the quotes",
            (FieldType.ListOf, ScalarNode) => $"{node.Noun} where a list is expected: put it in [ ]",
            _ => $"{node.Noun} is not expected here",
        };
        if (type is FieldType.Flag or FieldType.Number or FieldType.Fraction or FieldType.Choice && node is ScalarNode scalar)
        {
            Report(scalar, path, "config.wrong-type", hint, type.Expected);
        }
        else
        {
            Report(node.At, path, "config.wrong-type", hint, type.Expected);
        }
    }

    private static bool Fits(string raw, TextFormat format) => raw.Length == 0 ? format.EmptyIsAbsent : format.Accepts(raw);

    private void Report(ScalarNode scalar, string path, string code, string message, string? expected, string? nearest = null) =>
        Report(scalar.At, path, code, message, expected, nearest,
            inSecret ? null : Quoting.Shown(scalar.Raw));

    private void Report(Position at, string path, string code, string message, string? expected, string? nearest = null, string? value = null)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(new Problem(at, path, code, message, expected, nearest) { Severity = severity, Value = value });
        }
    }
}
