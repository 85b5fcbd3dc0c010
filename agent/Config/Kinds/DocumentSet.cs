namespace Slipway.Config;

/// <summary>A node's documents of all kinds, each checked and turned into one of ours, ready for <see cref="Fold"/>.</summary>
internal sealed class DocumentSet
{
    private readonly List<MappingNode> ours = [];
    private readonly List<Problem> problems = [];
    private readonly List<Problem> kubeadmProblems = [];
    private readonly bool saved;
    private readonly bool joins;

    /// <summary>Checks and translates.</summary>
    /// <param name="documents">The documents in the order they are merged.</param>
    /// <param name="saved">Whether these are Slipway's own saved copy.</param>
    /// <param name="meant">Collects the paths of the fields that misspelt ones were probably meant as.</param>
    /// <param name="userDataJoins">Whether the user data's own commands join the node: then what nodeadm takes where nothing is said is nodeadm's to do.</param>
    public DocumentSet(IReadOnlyList<ConfigNode> documents, bool saved, ICollection<string> meant, bool userDataJoins = false)
    {
        this.saved = saved;
        documents = [.. documents.Select(WithDocumentsRead)];
        bool hasKubeadm = documents.Any(document => DocumentKinds.Of(document) == DocumentKind.Kubeadm
            || (document as MappingNode)?.Reach(KubeadmDocuments.Field) is not (null or ScalarNode { Raw: "" }));
        ConfigNode[] kubeadm = [.. documents.SelectMany(document => hasKubeadm ? OfKubeadm(document) : [])];
        // A KubeletConfiguration beside a join is the node's own: kubeadm reads one only when it makes a cluster.
        joins = new KubeadmDocuments([.. kubeadm.OfType<MappingNode>()], null) is { Join: not null, Init: null };
        documents = [.. documents.SelectMany(WithKubeletApart)];
        Version = ChosenVersion(documents, kubeadm);
        CheckKubeadm(kubeadm);
        AddEks([.. documents.Where(document => DocumentKinds.Of(document) == DocumentKind.Eks).Cast<MappingNode>()], documents.Count, userDataJoins);
        foreach (ConfigNode document in documents)
        {
            switch (DocumentKinds.Of(document))
            {
                case DocumentKind.Eks:
                    ours.AddRange(OnlyEks ? [] : [EksDocument.Translate((MappingNode)document, problems)]);
                    break;
                case DocumentKind.KubeProxy when !hasKubeadm:
                    problems.Add(new Problem(document.At, "", "config.kind-unsupported", "a KubeProxyConfiguration without a document of kubeadm's", "one beside it"));
                    break;
                case DocumentKind.Kubelet when !hasKubeadm || IsNodes(document):
                    problems.AddRange(hasKubeadm ? [] : KubeadmDocuments.Check(document, saved, Version));
                    ours.Add(Wrap(document.At, "spec.kubelet.config", ((MappingNode)document).Without("apiVersion").Without("kind")));
                    break;
                case DocumentKind.Kubeadm or DocumentKind.Kubelet or DocumentKind.KubeProxy:
                    ours.Add(Wrap(document.At, KubeadmDocuments.Field, new SequenceNode(document.At, [document])));
                    break;
                default:
                    problems.AddRange(SchemaCheck.Document(document, saved, Version, meant));
                    ours.AddRange(DocumentKinds.Of(document) == DocumentKind.Ours ? [(MappingNode)document] : []);
                    IsReadable &= DocumentKinds.Of(document) == DocumentKind.Ours;
                    break;
            }
        }
    }

    /// <summary>Whether all documents are EKS's.</summary>
    public bool OnlyEks { get; private set; }

    /// <summary>Whether every document is of a kind and a form in which what it says could be found.</summary>
    public bool IsReadable { get; private set; } = true;

    /// <summary>The version of Kubernetes that the last document gives which says anything of it, else a ClusterConfiguration's; null for none.</summary>
    public KubernetesVersion? Version { get; }

    /// <summary>The documents as ours; values of a wrong form may be in them.</summary>
    public IReadOnlyList<MappingNode> Ours => ours;

    /// <summary>Every mistake and every warning, but for those of kubeadm's documents.</summary>
    public IReadOnlyList<Problem> Problems => problems;

    /// <summary>The same of kubeadm's documents: whether they count depends on who joins the node.</summary>
    public IReadOnlyList<Problem> KubeadmProblems => kubeadmProblems;

    private static IEnumerable<ConfigNode> OfKubeadm(ConfigNode document) => DocumentKinds.Of(document) switch
    {
        DocumentKind.Kubeadm or DocumentKind.Kubelet or DocumentKind.KubeProxy => [document],
        DocumentKind.Ours => ((document as MappingNode)?.Reach(KubeadmDocuments.Field) as SequenceNode)?.Items ?? [],
        _ => [],
    };

    private static KubernetesVersion? ChosenVersion(IReadOnlyList<ConfigNode> documents, ConfigNode[] kubeadm)
    {
        MappingEntry? given = documents.Select(document => ((document as MappingNode)?.Reach("spec.kubernetes") as MappingNode)?.Entry("version")).LastOrDefault(entry => entry is not null);
        return given?.Value is ScalarNode { Raw.Length: > 0 } scalar
            ? KubernetesVersion.TryParse(scalar.Raw)
            : new KubeadmDocuments([.. kubeadm.OfType<MappingNode>().Reverse()], null).KubernetesVersion;
    }

    /// <summary>The document with the text of <see cref="KubeadmDocuments.Field"/> read into a list.</summary>
    private ConfigNode WithDocumentsRead(ConfigNode document)
    {
        if (document is not MappingNode mapping || mapping.Reach(KubeadmDocuments.Field) is not ScalarNode { Raw.Length: > 0 } text)
        {
            return document;
        }

        TextOrigin origin = text.Block ?? new TextOrigin(text.At.Source, $"{text.At.File} ({KubeadmDocuments.Field} in line {text.At.Line}, lines of its content)");
        return mapping.Put(KubeadmDocuments.Field, KubeadmDocuments.Parse(text.Raw, origin, problems));
    }

    private bool IsNodes(ConfigNode document) => joins && document is MappingNode mapping && ReferenceEquals(KubeadmSchema.Of(mapping), KubeletSchema.Configuration);

    /// <summary>The document, and before it the KubeletConfigurations that stand in its <see cref="KubeadmDocuments.Field"/> and are the node's own.</summary>
    private IEnumerable<ConfigNode> WithKubeletApart(ConfigNode document) =>
        (document as MappingNode)?.Reach(KubeadmDocuments.Field) is SequenceNode list && list.Items.Any(IsNodes)
            ? [.. list.Items.Where(IsNodes), ((MappingNode)document).Put(KubeadmDocuments.Field, list with { Items = [.. list.Items.Where(item => !IsNodes(item))] })]
            : [document];

    private void AddEks(IReadOnlyList<MappingNode> eks, int all, bool userDataJoins)
    {
        OnlyEks = eks.Count > 0 && eks.Count == all;
        problems.AddRange(eks.SelectMany(document => SchemaCheck.Against(document, EksSchema.Root, saved: saved, version: Version)));
        IsReadable = eks.Count == 0 || problems.TrueForAll(problem => problem.Severity == Severity.Warning);
        ours.AddRange(eks.Count > 0 && !userDataJoins ? [EksDocument.Defaults(eks)] : []);
        ours.AddRange((OnlyEks ? EksDocument.ForMerge(eks, problems) : []).Select(document => EksDocument.Translate(document, problems)));
    }

    private void CheckKubeadm(ConfigNode[] documents)
    {
        for (int i = 0; i < documents.Length; i++)
        {
            kubeadmProblems.AddRange(KubeadmDocuments.Check(documents[i], saved, Version));
            if ((documents[i] as MappingNode)?.Find("kind") is not ScalarNode kind
                || documents.Take(i).OfType<MappingNode>().LastOrDefault(other => other.TextAt("kind") == kind.Raw) is not { } earlier)
            {
                continue;
            }

            bool sameText = earlier.At.File == kind.At.File && earlier.At.Source == kind.At.Source;
            if (!sameText && IsNodes(documents[i]))
            {
                // These merge, field by field.
                continue;
            }

            string name = Quoting.Printable(kind.Raw, 60);
            kubeadmProblems.Add(sameText
                ? new Problem(kind.At, "kind", "config.duplicate-field", $"a second {name}; the first begins in line {earlier.At.Line}")
                : new Problem(earlier.At, name, "config.ignored", $"not used: the one at {documents[i].At} replaces it as a whole") { Severity = Severity.Warning });
        }
    }

    private static MappingNode Wrap(Position at, string path, ConfigNode value) => new MappingNode(at, [])
        .Put("apiVersion", new ScalarNode(at, NodeConfigSchema.ApiVersion, ScalarKind.Text))
        .Put("kind", new ScalarNode(at, NodeConfigSchema.Kind, ScalarKind.Text)).Put(path, value);
}
