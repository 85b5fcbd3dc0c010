namespace Slipway.Config;

/// <summary>A node's documents of all kinds, each checked and turned into one of ours, ready for <see cref="Fold"/>.</summary>
internal sealed class DocumentSet
{
    private readonly List<MappingNode> ours = [];
    private readonly List<Problem> problems = [];
    private readonly List<Problem> kubeadmProblems = [];
    private readonly List<Problem> warnings = [];
    private readonly List<MappingNode> kubeadm = [];
    private readonly bool saved;

    /// <summary>Checks and translates.</summary>
    /// <param name="documents">The documents in the order they are merged.</param>
    /// <param name="saved">Whether these are Slipway's own saved copy.</param>
    public DocumentSet(IReadOnlyList<ConfigNode> documents, bool saved)
    {
        this.saved = saved;
        MappingNode[] eks = [.. documents.Where(document => DocumentKinds.Of(document) == DocumentKind.Eks).Cast<MappingNode>()];
        OnlyEks = eks.Length == documents.Count;
        problems.AddRange(eks.SelectMany(document => SchemaCheck.Against(document, EksSchema.Root)));
        if (problems.Count > 0)
        {
            eks = [];
        }

        if (eks.Length > 0)
        {
            ours.Add(EksDocument.Defaults(eks));
            ours.AddRange((OnlyEks ? EksDocument.ForMerge(eks, problems) : []).Select(document => EksDocument.Translate(document, warnings)));
        }

        bool hasKubeadm = documents.Any(document => DocumentKinds.Of(document) == DocumentKind.Kubeadm
            || (document as MappingNode)?.At(KubeadmDocuments.Field) is not (null or ScalarNode { Raw: "" }));
        foreach (ConfigNode document in documents)
        {
            switch (DocumentKinds.Of(document))
            {
                case DocumentKind.Eks:
                    ours.AddRange(OnlyEks || eks.Length == 0 ? [] : [EksDocument.Translate((MappingNode)document, warnings)]);
                    break;
                case DocumentKind.Kubelet when !hasKubeadm:
                    AddKubelet((MappingNode)document);
                    break;
                case DocumentKind.KubeProxy when !hasKubeadm:
                    problems.Add(new Problem(document.At, "", "config.kind-unsupported", "a KubeProxyConfiguration without a document of kubeadm's", "one beside it"));
                    break;
                case DocumentKind.Kubeadm or DocumentKind.Kubelet or DocumentKind.KubeProxy:
                    AddKubeadm(document);
                    ours.Add(Wrap(document.At, KubeadmDocuments.Field, new SequenceNode(document.At, [document])));
                    break;
                default:
                    AddOurs(document);
                    break;
            }
        }
    }

    /// <summary>Whether all documents are EKS's.</summary>
    public bool OnlyEks { get; }

    /// <summary>The documents as ours.</summary>
    public IReadOnlyList<MappingNode> Ours => ours;

    /// <summary>Every mistake, but for those in kubeadm's documents.</summary>
    public IReadOnlyList<Problem> Problems => problems;

    /// <summary>Every mistake in kubeadm's documents: whether they count depends on who joins the node.</summary>
    public IReadOnlyList<Problem> KubeadmProblems => kubeadmProblems;

    /// <summary>What has no effect.</summary>
    public IReadOnlyList<Problem> Warnings => warnings;

    private void AddOurs(ConfigNode document)
    {
        if (document is MappingNode mapping && mapping.At(KubeadmDocuments.Field) is { } value and (SequenceNode or ScalarNode { Raw.Length: > 0 }))
        {
            var list = value as SequenceNode;
            if (value is ScalarNode text)
            {
                TextOrigin origin = text.Block ?? new TextOrigin(value.At.Source, $"{value.At.File} ({KubeadmDocuments.Field} in line {value.At.Line}, lines of its content)");
                list = KubeadmDocuments.Parse(text.Raw, origin, problems);
                document = mapping.Put(KubeadmDocuments.Field, list);
            }

            foreach (ConfigNode inner in list!.Items)
            {
                AddKubeadm(inner);
            }
        }

        problems.AddRange(SchemaCheck.Document(document, saved));
        if (document is MappingNode root)
        {
            ours.Add(root);
        }
    }

    private void AddKubeadm(ConfigNode document)
    {
        kubeadmProblems.AddRange(KubeadmDocuments.Check(document, saved));
        if (document is not MappingNode { } mapping || mapping.Find("kind") is not ScalarNode kind)
        {
            return;
        }

        if (kubeadm.FindLast(earlier => earlier.TextAt("kind") == kind.Raw) is { } earlier)
        {
            string name = Quoting.Printable(kind.Raw, 60);
            if (earlier.At.File == mapping.At.File && earlier.At.Source == mapping.At.Source)
            {
                kubeadmProblems.Add(new Problem(kind.At, "kind", "config.duplicate-field", $"a second {name}; the first begins in line {earlier.At.Line}"));
            }
            else
            {
                warnings.Add(new Problem(earlier.At, "", "config.ignored", $"this {name} is not used: the one at {mapping.At} replaces it, as a whole"));
            }
        }

        kubeadm.Add(mapping);
    }

    private void AddKubelet(MappingNode document)
    {
        kubeadmProblems.AddRange(KubeadmDocuments.Check(document, saved));
        ours.Add(Wrap(document.At, "spec.kubelet.config", document.Without("apiVersion").Without("kind")));
    }

    private static MappingNode Wrap(Position at, string path, ConfigNode value) => new MappingNode(at, [])
        .Put("apiVersion", new ScalarNode(at, NodeConfigSchema.ApiVersion, ScalarKind.Text))
        .Put("kind", new ScalarNode(at, NodeConfigSchema.Kind, ScalarKind.Text)).Put(path, value);
}
