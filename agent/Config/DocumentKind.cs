namespace Slipway.Config;

/// <summary>Whose document a tree is, by its <c>apiVersion</c> and <c>kind</c>.</summary>
internal enum DocumentKind
{
    /// <summary>A Slipway NodeConfig, or what was meant as one.</summary>
    Ours,

    /// <summary>A document that another program reads and that describes a node to join; see <see cref="DocumentKinds.Describe"/>.</summary>
    Foreign,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>Tells documents apart.</summary>
internal static class DocumentKinds
{
    private static readonly string[] ForeignGroups = ["node.eks.aws/", "kubeadm.k8s.io/", "kubelet.config.k8s.io/"];

    /// <summary>Whose a document is.</summary>
    public static DocumentKind Of(ConfigNode document)
    {
        if (document is not MappingNode mapping)
        {
            return DocumentKind.Other;
        }

        string? version = Text(mapping, "apiVersion");
        string? kind = Text(mapping, "kind");
        if (version is not null && ForeignGroups.Any(group => version.StartsWith(group, StringComparison.Ordinal)))
        {
            return DocumentKind.Foreign;
        }

        // A misspelt group or kind is a mistake to report, not somebody else's document.
        bool ours = version?.StartsWith("slipway.dev/", StringComparison.Ordinal) == true
            || kind == NodeConfigSchema.Kind
            || ((version is null || kind is null) && mapping.Find("spec") is MappingNode)
            || (version is not null && NearestName.Of(version, [NodeConfigSchema.ApiVersion]) is not null);
        return ours ? DocumentKind.Ours : DocumentKind.Other;
    }

    /// <summary>The problem that a foreign document is, as long as it is not read.</summary>
    public static Problem Describe(ConfigNode document)
    {
        var mapping = (MappingNode)document;
        return new Problem(mapping.Find("apiVersion")!.At, "apiVersion", "config.kind-unsupported",
            $"{Quoting.Value($"{Text(mapping, "apiVersion")} {Text(mapping, "kind")}")} documents are not read by this version",
            $"{NodeConfigSchema.ApiVersion} {NodeConfigSchema.Kind}");
    }

    /// <summary>
    /// Whether a text that is not valid YAML was meant as one of these documents: it names the group, and begins as a document does.
    /// </summary>
    public static bool Mentions(string text)
    {
        if (!text.Contains("slipway.dev/", StringComparison.Ordinal) && !text.Contains("NodeConfig", StringComparison.Ordinal)
            && !ForeignGroups.Any(group => text.Contains(group, StringComparison.Ordinal)))
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
                    || line.StartsWith("metadata");
            }
        }

        return false;
    }

    private static string? Text(MappingNode mapping, string key) => (mapping.Find(key) as ScalarNode)?.Raw;
}
