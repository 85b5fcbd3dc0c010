namespace Slipway.Config;

/// <summary>Turns a NodeConfig of EKS's into one of ours, every value keeping the place it came from.</summary>
internal static class EksDocument
{
    /// <summary>Where a value comes from that nobody has written.</summary>
    public const string DefaultSource = "default of node.eks.aws";

    /// <summary>The document in our terms.</summary>
    /// <param name="document">A document that its schema found right.</param>
    /// <param name="warnings">Where the warnings of what has no effect go.</param>
    public static MappingNode Translate(MappingNode document, List<Problem> warnings)
    {
        foreach (string[] ignored in EksSchema.Ignored)
        {
            if (document.Reach(ignored[0]) is { } value)
            {
                if (!(value is ScalarNode scalar && (scalar.Raw.Length == 0 || scalar.Raw.Equals(ignored[1], StringComparison.OrdinalIgnoreCase))))
                {
                    warnings.Add(new Problem(value.At, ignored[0], "config.ignored", $"this has no effect here: {ignored[2]}") { Severity = Severity.Warning });
                }

                document = document.Without(ignored[0]);
            }
        }

        MappingNode ours = Empty(document.Find("apiVersion")!.At);
        foreach (string[] move in EksSchema.Moves)
        {
            int dot = move[0].LastIndexOf('.');
            // Also null, which unsets what another document gives.
            if ((document.Reach(move[0][..dot]) as MappingNode)?.Entry(move[0][(dot + 1)..]) is { } entry)
            {
                ours = ours.Put(move[1], entry.Value);
            }
        }

        return ours;
    }

    /// <summary>What nodeadm takes where nothing is said, as a document beneath all others.</summary>
    /// <param name="documents">The documents of EKS's; at least one.</param>
    public static MappingNode Defaults(IReadOnlyList<MappingNode> documents)
    {
        Position at = documents[0].Find("apiVersion")!.At with { Source = DefaultSource };
        MappingNode defaults = Empty(at).Put("spec.system.firewall", Word(at, "open"));
        return documents.All(document => document.Reach("spec.hybrid.iamRolesAnywhere") is null)
            ? defaults
            : defaults.Put("spec.join.eks.iamRolesAnywhere.certificatePath", Word(at, "/etc/iam/pki/server.pem"))
                .Put("spec.join.eks.iamRolesAnywhere.privateKeyPath", Word(at, "/etc/iam/pki/server.key"));
    }

    /// <summary>
    /// Documents prepared so that our merge does what nodeadm's own does: there a typed field that is null, empty, 0 or false says nothing,
    /// while in <c>kubelet.config</c> everything overrides. TOML of two documents would be merged there and is refused here.
    /// </summary>
    /// <param name="documents">Documents that their schema found right.</param>
    /// <param name="problems">Where problems go.</param>
    public static IReadOnlyList<MappingNode> ForMerge(IReadOnlyList<MappingNode> documents, List<Problem> problems)
    {
        ScalarNode? toml = null;
        foreach (MappingNode document in documents)
        {
            if (document.Reach("spec.containerd.config") is ScalarNode { Raw.Length: > 0 } other)
            {
                if (toml is not null && toml.Raw != other.Raw)
                {
                    problems.Add(new Problem(other.At, "spec.containerd.config", "config.unsupported",
                        $"a second TOML text beside the one at {toml.At}: this version of slipway does not merge the two yet", "all of it in one document"));
                }

                toml = other;
            }
        }

        return [.. documents.Select((document, i) => i == 0 ? document : (MappingNode)Telling(document, EksSchema.Root)!)];
    }

    /// <summary>A problem of the merged document with its path in EKS's terms.</summary>
    public static Problem InItsTerms(Problem problem)
    {
        string[]? move = EksSchema.Moves.FirstOrDefault(move => problem.Path.StartsWith(move[1], StringComparison.Ordinal));
        return problem with
        {
            Path = move is not null ? move[0] + problem.Path[move[1].Length..] : problem.Path == "spec.join.eks" ? "spec.hybrid" : problem.Path,
        };
    }

    private static ConfigNode? Telling(ConfigNode node, FieldType? type) => (node, type) switch
    {
        (_, FieldType.Section { Foreign: true }) => node is NullNode ? null : node,
        (NullNode or ScalarNode { Raw: "" } or ScalarNode { Kind: ScalarKind.Boolean, Raw: ['f' or 'F', ..] } or SequenceNode { Items.Count: 0 }, _) => null,
        (MappingNode mapping, FieldType.Section) => mapping with
        {
            Entries = [.. mapping.Entries.Select(e => e with { Value = Telling(e.Value, type.Child(e.Key)) ?? new NullNode(e.Value.At) })
                .Where(e => e.Value is not NullNode)],
        },
        _ => node,
    };

    private static MappingNode Empty(Position at) => new MappingNode(at, []).Put("apiVersion", Word(at, NodeConfigSchema.ApiVersion))
        .Put("kind", Word(at, NodeConfigSchema.Kind));

    private static ScalarNode Word(Position at, string raw) => new(at, raw, ScalarKind.Text);
}
