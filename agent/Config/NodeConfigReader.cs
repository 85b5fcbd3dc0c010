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
        var meant = new HashSet<string>();
        var set = new DocumentSet(documents, saved, meant, userDataJoins);
        List<Problem> problems = [.. set.Problems];
        if (set.Ours.Count == 0)
        {
            return new NodeConfigResult.Invalid([.. problems, .. set.KubeadmProblems]);
        }

        MappingNode merged = Fold.Documents(set.Ours);
        bool joins = Joins(merged, userDataJoins);
        // What was written wrong, or stands in a document that cannot be read, is not missing as well.
        meant.UnionWith(problems.Select(problem => problem.Path));
        problems.AddRange(RuleCheck.Merged(merged, joins && set.IsReadable, meant));
        if (!saved)
        {
            // What was accepted once stays accepted: a newer version's stricter eye does not take a node its configuration.
            problems.AddRange(Consistency.Problems(merged, set.Version));
        }

        if (set.OnlyEks)
        {
            problems = [.. problems.Select(EksDocument.InItsTerms)];
        }

        // What the user data's own commands give to kubeadm is kubeadm's to judge.
        bool soft = !joins && userDataJoins;
        problems.AddRange(set.KubeadmProblems.Select(problem => soft ? problem with { Severity = Severity.Warning } : problem));
        var kubeadm = KubeadmDocuments.Read(merged.Reach(KubeadmDocuments.Field));
        problems.AddRange(joins && set.KubeadmProblems.All(p => p.Severity == Severity.Warning) ? kubeadm?.Breaches() ?? [] : []);
        Problem[] warnings = [.. problems.Where(problem => problem.Severity == Severity.Warning)];
        problems.RemoveAll(problem => problem.Severity == Severity.Warning);
        if (problems.Count > 0)
        {
            return new NodeConfigResult.Invalid(problems) { Warnings = warnings, Merged = merged, Joins = joins };
        }

        // "spec:" alone is an empty document, which says nothing wrong by itself.
        NodeConfig config = new SectionReader(merged).Section("spec", Spec) ?? new NodeConfig();
        return new NodeConfigResult.Valid(kubeadm?.Over(config) ?? config, merged, NodeConfigJson.Id(merged)) { Warnings = warnings, Joins = joins };
    }

    /// <summary>All mistakes of one document, whatever its kind.</summary>
    /// <param name="document">Its root.</param>
    public static IReadOnlyList<Problem> Check(ConfigNode document)
    {
        var set = new DocumentSet([document], saved: false, meant: []);
        return [.. set.Problems, .. set.KubeadmProblems];
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
