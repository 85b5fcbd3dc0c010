namespace Slipway.Config;

/// <summary>Whose document a tree is, by its <c>apiVersion</c> and <c>kind</c>.</summary>
internal enum DocumentKind
{
    /// <summary>A Slipway NodeConfig, or what was meant as one.</summary>
    Ours,

    /// <summary>A NodeConfig of EKS's nodeadm, <c>node.eks.aws</c>.</summary>
    Eks,

    /// <summary>A document of kubeadm's, <c>kubeadm.k8s.io</c>.</summary>
    Kubeadm,

    /// <summary>A document of the kubelet's, <c>kubelet.config.k8s.io</c>.</summary>
    Kubelet,

    /// <summary>A document of kube-proxy's, <c>kubeproxy.config.k8s.io</c>.</summary>
    KubeProxy,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>Tells documents apart.</summary>
internal static class DocumentKinds
{
    private const string OurGroup = "slipway.dev";

    private static readonly KeyValuePair<string, DocumentKind>[] ForeignGroups =
    [
        new("node.eks.aws/", DocumentKind.Eks),
        new("kubeadm.k8s.io/", DocumentKind.Kubeadm),
        new("kubelet.config.k8s.io/", DocumentKind.Kubelet),
        new("kubeproxy.config.k8s.io/", DocumentKind.KubeProxy),
    ];

    /// <summary>Whose a document is.</summary>
    public static DocumentKind Of(ConfigNode document)
    {
        if (document is not MappingNode mapping)
        {
            return DocumentKind.Other;
        }

        string? version = Text(mapping, "apiVersion");
        string? kind = Text(mapping, "kind");
        foreach (var (group, foreign) in ForeignGroups)
        {
            if (version?.StartsWith(group, StringComparison.Ordinal) == true)
            {
                return foreign;
            }
        }

        // A misspelt group or kind is a mistake to report, not somebody else's document.
        bool ours = version?.StartsWith("slipway.dev/", StringComparison.Ordinal) == true
            || kind == NodeConfigSchema.Kind
            || ((version is null || kind is null) && mapping.Find("spec") is MappingNode)
            || (version is not null && NearestName.Of(version, [NodeConfigSchema.ApiVersion]) is not null);
        return ours ? DocumentKind.Ours : DocumentKind.Other;
    }

    /// <summary>
    /// Whose a document is that stands in a file among others: there only a NodeConfig, a document of kubeadm's that makes or joins a cluster, and
    /// a KubeletConfiguration are for this node, well or badly spelt; other kinds of the same groups, and other programs' NodeConfigs, are files like any other.
    /// </summary>
    public static DocumentKind InFile(ConfigNode document)
    {
        DocumentKind whose = Of(document);
        string? kind = (document as MappingNode)?.TextAt("kind");
        string? group = (document as MappingNode)?.TextAt("apiVersion") is { } version && version.Contains('/', StringComparison.Ordinal) ? version.Split('/')[0] : null;
        bool counts = whose switch
        {
            DocumentKind.Ours => (group is null || NearestName.Of(group, [OurGroup]) is not null) && IsNear(NodeConfigSchema.Kind),
            DocumentKind.Eks => IsNear(NodeConfigSchema.Kind),
            DocumentKind.Kubeadm => IsNear(KubeadmSchema.Kinds),
            DocumentKind.Kubelet => IsNear("KubeletConfiguration"),
            _ => true,
        };
        return counts ? whose : DocumentKind.Other;

        bool IsNear(params string[] kinds) => kind is null || NearestName.Of(kind, kinds) is not null
            || (kind.Length > 6 && kinds.Any(known => known.StartsWith(kind, StringComparison.Ordinal)));
    }

    /// <summary>
    /// Whether a text that is not valid YAML was meant as one of these documents: it names the group, and begins as a document does.
    /// </summary>
    public static bool Mentions(string text)
    {
        if (!text.Contains("slipway.dev/", StringComparison.Ordinal) && !text.Contains("NodeConfig", StringComparison.Ordinal)
            && !Array.Exists(ForeignGroups, group => text.Contains(group.Key, StringComparison.Ordinal)))
        {
            return false;
        }

        foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.StartsWith("#!"))
            {
                return false;
            }

            if (line.Length > 0 && line[0] is not ('#' or '%') && !line.StartsWith("---"))
            {
                return line[0] is '{' or '"' or '\'' || line.StartsWith("apiVersion") || line.StartsWith("kind") || line.StartsWith("spec")
                    || line.StartsWith("metadata")
                    // Programs write keys in the order of the alphabet: apiServer comes before apiVersion.
                    || (char.IsAsciiLetterLower(line[0]) && line.Contains(':') && text.Contains("\napiVersion:", StringComparison.Ordinal));
            }
        }

        return false;
    }

    private static string? Text(MappingNode mapping, string key) => (mapping.Find(key) as ScalarNode)?.Raw;
}
