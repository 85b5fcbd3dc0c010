namespace Slipway.Config;

/// <summary>From documents to a <see cref="NodeConfig"/>: each is checked, all are merged, the result is checked and typed.</summary>
internal static class NodeConfigReader
{
    /// <summary>Reads documents in the order they are merged, later ones winning. Form and rules are checked in one go.</summary>
    /// <param name="documents">The documents' roots; none is a mistake of the caller's, who knows that there is no configuration.</param>
    /// <param name="userDataJoins">Whether the user data's own commands join the node: <c>join.mode: auto</c> then only prepares.</param>
    /// <param name="saved">Whether these are Slipway's own saved copy.</param>
    public static NodeConfigResult Read(IReadOnlyList<ConfigNode> documents, bool userDataJoins = false, bool saved = false)
    {
        KubernetesVersion? version = Version(documents);
        var meant = new HashSet<string>();
        List<Problem> problems = [.. documents.SelectMany(document => Check(document, saved, version, meant))];
        MappingNode[] ours = [.. documents.OfType<MappingNode>().Where(document => DocumentKinds.Of(document) == DocumentKind.Ours)];
        if (ours.Length == 0)
        {
            return new NodeConfigResult.Invalid(problems);
        }

        MappingNode merged = Fold.Documents(ours);
        // What a document that cannot be read would have given is not missing.
        bool joins = Joins(merged, userDataJoins) && ours.Length == documents.Count;
        problems.AddRange(RuleCheck.Merged(merged, joins, meant));
        if (!saved)
        {
            // What was accepted once stays accepted: a newer version's stricter eye does not take a node its configuration.
            problems.AddRange(Consistency.Problems(merged, version));
        }

        Problem[] warnings = [.. problems.Where(problem => problem.Severity == Severity.Warning)];
        problems.RemoveAll(problem => problem.Severity == Severity.Warning);
        return problems.Count > 0
            ? new NodeConfigResult.Invalid(problems) { Warnings = warnings, Merged = merged }
            // "spec:" alone is an empty document, which says nothing wrong by itself.
            : new NodeConfigResult.Valid(new SectionReader(merged).Section("spec", Spec) ?? new NodeConfig(), merged, NodeConfigJson.Id(merged)) { Warnings = warnings };
    }

    /// <summary>All mistakes of one document, whatever its kind.</summary>
    /// <param name="document">Its root.</param>
    /// <param name="saved">Whether it is Slipway's own saved copy.</param>
    /// <param name="version">The version of Kubernetes chosen, or null.</param>
    /// <param name="meant">Collects the paths of the fields that misspelt ones were probably meant as.</param>
    public static IReadOnlyList<Problem> Check(
        ConfigNode document, bool saved = false, KubernetesVersion? version = null, ICollection<string>? meant = null) => DocumentKinds.Of(document) switch
    {
        DocumentKind.Eks or DocumentKind.Kubeadm or DocumentKind.Kubelet => [DocumentKinds.Describe(document)],
        _ => SchemaCheck.Document(document, saved, version, meant),
    };

    /// <summary>The version that the last document gives which says anything of it.</summary>
    private static KubernetesVersion? Version(IReadOnlyList<ConfigNode> documents)
    {
        for (int i = documents.Count - 1; i >= 0; i--)
        {
            if (((documents[i] as MappingNode)?.Reach("spec.kubernetes") as MappingNode)?.Entry("version") is { } entry)
            {
                return entry.Value is ScalarNode scalar ? KubernetesVersion.TryParse(scalar.Raw) : null;
            }
        }

        return null;
    }

    private static bool Joins(MappingNode merged, bool userDataJoins) => merged.Reach("spec.join.mode") switch
    {
        null => !userDataJoins,
        ScalarNode { Raw: "auto" } => !userDataJoins,
        // Of a mode that is none nobody knows what it asks for.
        ScalarNode { Raw: var mode } => mode == "join",
        _ => false,
    };

    private static NodeConfig Spec(SectionReader spec) => new()
    {
        Kubernetes = spec.Section("kubernetes", s => new KubernetesSection(s.Parsed("version", KubernetesVersion.TryParse), s.Word<KubernetesSource>("source"))),
        Node = spec.Section("node", s => new NodeSection(s.Text("name"), s.Flag("setHostname"), s.Parsed("ip", NodeIp.TryParse), s.Map("labels"),
            s.Items("taints", ReadTaint))),
        Runtime = spec.Section("runtime", s => new RuntimeSection(s.Word<RuntimeSource>("source"), s.Text("version"), s.Secret("config"), s.Text("sandboxImage"))),
        Kubelet = spec.Section("kubelet", s => new KubeletSection(s.Tree("config"), s.Texts("flags"))),
        Artifacts = spec.Section("artifacts", s => new ArtifactsSection(s.Items("mirrors", ReadMirror), s.Text("bundle"), s.Text("lock"),
            s.Word<UnknownDigest>("unknownDigest"))),
        Images = spec.Section("images", s => new ImagesSection(s.Texts("archives"), s.Texts("pull"), s.Map("registries", ReadRegistry))),
        Proxy = spec.Section("proxy", s => new ProxySection(s.Address("http"), s.Address("https"), s.Texts("noProxy"))),
        System = spec.Section("system", s => new SystemSection(s.Word<SwapPolicy>("swap"), s.Map("sysctl"), s.Texts("modules"),
            s.Word<FirewallPolicy>("firewall"), s.Text("trustedCAs"))),
        Timeouts = spec.Section("timeouts", s => new TimeoutsSection(s.Duration("download"), s.Duration("join"), s.Duration("total"))),
        Join = spec.Section("join", JoinReader.Read),
        Report = spec.Section("report", s => new ReportSection(s.Flag("guestinfo"), s.Flag("redact"))),
    };

    private static Taint ReadTaint(ConfigNode node)
    {
        if (node is ScalarNode scalar)
        {
            return Taint.TryParse(scalar.Raw)!;
        }

        var fields = new SectionReader((MappingNode)node);
        return new Taint(fields.Text("key")!, fields.Text("value") ?? "", fields.Word<TaintEffect>("effect")!.Value);
    }

    private static Mirror ReadMirror(ConfigNode node)
    {
        if (node is ScalarNode scalar)
        {
            return new Mirror(Url.TryParse(scalar.Raw, "https", "http", "oci")!, null);
        }

        var fields = new SectionReader((MappingNode)node);
        return new Mirror(fields.Address("url")!, fields.Secret("credentials"));
    }

    private static RegistrySection ReadRegistry(ConfigNode node)
    {
        var fields = new SectionReader((MappingNode)node);
        return new RegistrySection(fields.Items("mirrors", ReadMirror), fields.Text("ca"), fields.Secret("credentials"));
    }
}
