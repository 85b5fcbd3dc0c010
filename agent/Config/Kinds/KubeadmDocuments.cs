using Slipway.Reporting;

namespace Slipway.Config;

/// <summary>kubeadm's own documents, as they were given: of each kind at most one, with KubeletConfiguration and KubeProxyConfiguration beside them.</summary>
/// <param name="Given">The documents; empty when they are read at their use.</param>
/// <param name="Reference">Where they are read at their use; null when they are given.</param>
internal sealed record KubeadmDocuments(IReadOnlyList<MappingNode> Given, SecretRef? Reference)
{
    /// <summary>The field that holds them.</summary>
    public const string Field = "spec.join.kubeadm.documents";

    /// <summary>Where a JoinConfiguration has its bootstrap tokens.</summary>
    public static readonly string[] Tokens = ["discovery.bootstrapToken.token", "discovery.tlsBootstrapToken"];

    /// <summary>What joins a cluster; null where none does.</summary>
    public MappingNode? Join => Of("JoinConfiguration");

    /// <summary>What makes a cluster; null where none does.</summary>
    public MappingNode? Init => Of("InitConfiguration") ?? (Join is null ? Of("ClusterConfiguration") : null);

    /// <summary>The version that a ClusterConfiguration asks for; null where none does, or by a label such as <c>stable-1</c>.</summary>
    public KubernetesVersion? KubernetesVersion => KubernetesVersion.TryParse(Of("ClusterConfiguration")?.TextAt("kubernetesVersion") ?? "");

    /// <summary>The node's name as kubeadm would take it: in lower case. Null where none is given, or none that can be one.</summary>
    public string? NodeName =>
        (Join ?? Of("InitConfiguration"))?.TextAt("nodeRegistration.name")?.Trim().ToLowerInvariant() is { } name && NameForms.IsNodeName(name) ? name : null;

    /// <summary>The document of a kind, or null.</summary>
    public MappingNode? Of(string kind) => Given.FirstOrDefault(document => document.TextAt("kind") == kind);

    /// <summary>A document that asks for more than joining as a worker; null where none does.</summary>
    public MappingNode? Unsupported() => Init ?? (Join?.Reach("controlPlane") is not null ? Join : null);

    /// <summary>Out of the value of <see cref="Field"/>.</summary>
    public static KubeadmDocuments? Read(ConfigNode? value) => value switch
    {
        SequenceNode list => new([.. list.Items.OfType<MappingNode>()], null),
        _ => SectionReader.SecretOf(value) is { } reference ? new([], reference) : null,
    };

    /// <summary>What the documents say of the join itself, in the terms of a <c>join:</c> section; without a JoinConfiguration all is null.</summary>
    public KubeadmJoin ToJoin() => Join is not { } join ? new(null, null, null, null, null, null, null) : new(
        HostPort.TryParse(join.TextAt("discovery.bootstrapToken.apiServerEndpoint") ?? ""),
        Tokens.Select(path => SectionReader.SecretOf(join.Reach(path))).FirstOrDefault(token => token is not null),
        (join.Reach("discovery.bootstrapToken.caCertHashes") as SequenceNode)?.Items.OfType<ScalarNode>().Select(hash => hash.Raw).ToArray(),
        null,
        join.TextAt("discovery.file.kubeConfigPath"),
        join.Reach("discovery.bootstrapToken.unsafeSkipCAVerification") is ScalarNode { Raw: ['t' or 'T', ..] } ? true : null,
        join.Reach("controlPlane") is MappingNode ? new(null, null, null) : null);

    /// <summary>
    /// The configuration with what the documents say: they win over <c>node.*</c>, and fill <c>kubernetes.version</c> where it is absent.
    /// </summary>
    public NodeConfig Over(NodeConfig config)
    {
        if (KubernetesVersion is { } version && config.Kubernetes?.Version is null)
        {
            config = config with { Kubernetes = (config.Kubernetes ?? new(null, null)) with { Version = version } };
        }

        if (NodeName is { } name)
        {
            config = config with { Node = (config.Node ?? new(null, null, null, null, null)) with { Name = name } };
        }

        return config;
    }

    /// <summary>Reads the text of <see cref="Field"/>: every problem of it, and its documents.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="origin">Where its lines lie.</param>
    /// <param name="problems">Where problems go.</param>
    public static SequenceNode Parse(string text, TextOrigin origin, List<Problem> problems)
    {
        ReadResult read = YamlReader.Read(text, origin);
        problems.AddRange(read.Problems);
        if (read is { Documents.Count: 0, Problems.Count: 0 })
        {
            problems.Add(new Problem(origin.At(1, 1), Field, "config.missing-field", "there is no document in it", "documents of kubeadm"));
        }

        return new SequenceNode(origin.At(1, 1), read.Documents);
    }

    /// <summary>Reads documents at their use, when nobody can look at more than one problem.</summary>
    /// <param name="text">What was read.</param>
    /// <param name="nodeName">The node's name, decided before.</param>
    /// <exception cref="FailureException"><c>config.*</c>.</exception>
    public static KubeadmDocuments ReadAtUse(string text, string nodeName)
    {
        var problems = new List<Problem>();
        SequenceNode list = Parse(text, new TextOrigin("", Field), problems);
        problems.AddRange(list.Items.SelectMany(document => Check(document)));
        var documents = new KubeadmDocuments([.. list.Items.OfType<MappingNode>()], null);
        problems.AddRange(problems.Count == 0 ? documents.Breaches() : []);
        problems.RemoveAll(problem => problem.Severity == Severity.Warning);
        return problems switch
        {
            [var first, ..] => throw new FailureException(new Failure(first.Code, first.ToString())),
            _ when Merge(null, list).Items.Count < list.Items.Count =>
                throw new FailureException(new Failure("config.duplicate-field", $"{Field}: two documents of the same kind")),
            _ when documents.Unsupported() is not null => throw new FailureException(new Failure("config.unsupported", $"{Field}: more than joining as a worker")),
            _ when documents.NodeName is { } name && name != nodeName =>
                throw new FailureException(new Failure("config.invalid-value", $"{Field}: nodeRegistration.name is {name}, and the node's name {nodeName}: set spec.node.name")),
            _ => documents,
        };
    }

    /// <summary>Documents by kind: those above in the place of those of the same kind below. kubeadm itself has no way to merge two.</summary>
    public static SequenceNode Merge(SequenceNode? below, SequenceNode above)
    {
        var merged = new List<ConfigNode>();
        foreach (ConfigNode document in (below?.Items ?? []).Concat(above.Items))
        {
            merged.RemoveAll(earlier => Kind(earlier) == Kind(document));
            merged.Add(document);
        }

        return new SequenceNode((below ?? above).At, merged);
    }

    /// <summary>All mistakes of one document by itself.</summary>
    /// <param name="document">The document.</param>
    /// <param name="saved">Whether it is Slipway's own saved copy.</param>
    /// <param name="chosen">The version of Kubernetes chosen, or null.</param>
    public static IReadOnlyList<Problem> Check(ConfigNode document, bool saved = false, KubernetesVersion? chosen = null)
    {
        string? version = (document as MappingNode)?.TextAt("apiVersion");
        string? kind = Kind(document);
        if (document is MappingNode mapping && KubeadmSchema.Of(mapping) is FieldType.Section section)
        {
            return [.. SchemaCheck.Against(mapping, section, kind!, saved, chosen), .. Flags(mapping, kind!, chosen), .. HostBits(mapping, kind!)];
        }

        if ((version, kind) is ("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"))
        {
            return [];
        }

        bool badKind = version is KubeadmSchema.V1Beta3 or KubeadmSchema.V1Beta4 or KubeletSchema.ApiVersion or "kubeproxy.config.k8s.io/v1alpha1";
        string[] kinds = [.. KubeadmSchema.Kinds, "KubeletConfiguration", "KubeProxyConfiguration"];
        string field = badKind ? "kind" : "apiVersion";
        string what = kind switch
        {
            "ResetConfiguration" or "UpgradeConfiguration" => $"{kind} does not say how a node joins or makes a cluster",
            null => "a document without a kind",
            _ => $"{Quoting.Value($"{version} {kind}")} documents are not read",
        };
        return
        [
            new Problem((document as MappingNode)?.Find(field)?.At ?? document.At, field, "config.kind-unsupported", what,
                $"{string.Join(", ", KubeadmSchema.Kinds)} of {KubeadmSchema.V1Beta4} or v1beta3, KubeletConfiguration, KubeProxyConfiguration",
                badKind && kind is not null
                    ? NearestName.Of(kind, kinds) ?? Array.Find(kinds, known => kind.Length > 6 && known.StartsWith(kind, StringComparison.Ordinal))
                    : null),
        ];
    }

    /// <summary>Networks with bits set behind their prefixes: kubeadm masks them.</summary>
    private static IEnumerable<Problem> HostBits(MappingNode document, string kind) =>
        ((string[])["networking.serviceSubnet", "networking.podSubnet"]).Where(path => document.TextAt(path) is { } text && !NodeIp.IsCidrs(text) && NodeIp.Masked(text) is not null)
            .Select(path => new Problem(document.Reach(path)!.At, $"{kind}.{path}", "config.doubtful", "there are bits set behind the prefix; kubeadm takes the network they lie in",
                NodeIp.Masked(document.TextAt(path)!)) { Severity = Severity.Warning });

    /// <summary>What is wrong with the flags in <c>kubeletExtraArgs</c>, of either version's form.</summary>
    private static IEnumerable<Problem> Flags(MappingNode document, string kind, KubernetesVersion? chosen)
    {
        const string path = "nodeRegistration.kubeletExtraArgs";
        IEnumerable<MappingEntry> flags = document.Reach(path) switch
        {
            MappingNode older => older.Entries,
            SequenceNode newer => newer.Items.OfType<MappingNode>().Where(item => item.Find("name") is ScalarNode)
                .Select(item => new MappingEntry(item.TextAt("name")!, item.Find("name")!.At, item.Find("value") ?? new NullNode(item.At))),
            _ => [],
        };
        return flags.Select(flag => KubeletFlag.OfKubeadm(flag, $"{kind}.{path}", document.TextAt("nodeRegistration.name"), chosen)).OfType<Problem>();
    }

    /// <summary>What must hold between the fields of documents, and between documents, that are this run's business.</summary>
    public IReadOnlyList<Problem> Breaches()
    {
        List<Problem> problems = [.. Given.SelectMany(document => RuleCheck.Of(document, KubeadmSchema.Of(document), Kind(document) ?? ""))];
        if (Join?.Reach("discovery.bootstrapToken.unsafeSkipCAVerification") is ScalarNode { Raw: ['t' or 'T', ..] } skip && ToJoin().CaCertHashes is null or { Count: 0 })
        {
            problems.Add(new Problem(skip.At, "JoinConfiguration.discovery.bootstrapToken.unsafeSkipCAVerification", "config.unsafe",
                "the node will join any cluster that answers at the endpoint", "caCertHashes instead") { Severity = Severity.Warning });
        }

        if (Join is { } join && Of("InitConfiguration") is { } init)
        {
            problems.Add(new Problem(init.At, Field, "config.exclusive-fields", $"JoinConfiguration ({join.At}) and InitConfiguration ({init.At}) exclude each other",
                "one of the two"));
        }
        else if (Given.Count > 0 && Join is null && Init is null)
        {
            problems.Add(new Problem(Given[0].At, Field, "config.missing-field", "no document says how the node joins", string.Join(" or ", KubeadmSchema.Kinds)));
        }

        return problems;
    }

    private static string? Kind(ConfigNode document) => (document as MappingNode)?.TextAt("kind");
}
