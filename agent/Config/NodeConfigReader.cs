namespace Slipway.Config;

/// <summary>From documents to a <see cref="NodeConfig"/>: each is checked, all are merged, the result is checked and typed.</summary>
internal static class NodeConfigReader
{
    /// <summary>Reads documents in the order they are merged, later ones winning.</summary>
    /// <param name="documents">The documents' roots; none is a mistake of the caller's, who knows that there is no configuration.</param>
    /// <param name="userDataJoins">Whether the user data's own commands join the node: <c>join.mode: auto</c> then only prepares.</param>
    /// <param name="saved">Whether these are Slipway's own saved copy.</param>
    public static NodeConfigResult Read(IReadOnlyList<ConfigNode> documents, bool userDataJoins = false, bool saved = false)
    {
        var set = new DocumentSet(documents, saved);
        return set.Problems.Count > 0
            ? new NodeConfigResult.Invalid([.. set.Problems, .. set.KubeadmProblems])
            : ReadMerged(Fold.Documents(set.Ours), set, userDataJoins);
    }

    /// <summary>All mistakes of one document, whatever its kind.</summary>
    /// <param name="document">Its root.</param>
    /// <param name="saved">Whether it is Slipway's own saved copy.</param>
    public static IReadOnlyList<Problem> Check(ConfigNode document, bool saved = false)
    {
        var set = new DocumentSet([document], saved);
        return [.. set.Problems, .. set.KubeadmProblems];
    }

    private static NodeConfigResult ReadMerged(MappingNode merged, DocumentSet set, bool userDataJoins)
    {
        var root = new SectionReader(merged);
        // "spec:" alone is an empty document, which says nothing wrong by itself.
        NodeConfig config = root.Section("spec", Spec) ?? new NodeConfig();
        bool joins = (config.Join?.Mode ?? JoinMode.Auto) switch
        {
            JoinMode.Prepare => false,
            JoinMode.Auto => !userDataJoins,
            _ => true,
        };
        var problems = new List<Problem>(RuleCheck.Merged(merged, joins));
        problems.AddRange(EksDocument.HostnameOverride(merged) is { } flag ? [flag] : []);
        if (set.OnlyEks)
        {
            problems = [.. problems.Select(EksDocument.InItsTerms)];
        }

        var warnings = new List<Problem>([.. set.Warnings, .. Warnings(merged)]);
        // What the user data's own commands give to kubeadm is kubeadm's to judge.
        (joins || !userDataJoins ? problems : warnings).AddRange(set.KubeadmProblems);
        if (config.Join?.Kubeadm?.Documents is { } documents)
        {
            problems.AddRange(joins && set.KubeadmProblems.Count == 0 ? documents.Breaches() : []);
            config = documents.Over(config);
        }

        return problems.Count > 0
            ? new NodeConfigResult.Invalid(problems)
            : new NodeConfigResult.Valid(config, merged, NodeConfigJson.Id(merged), warnings) { Joins = joins };
    }

    private static List<Problem> Warnings(MappingNode merged)
    {
        var warnings = new List<Problem>();
        foreach (ConfigLeaf leaf in ConfigLeaf.Of(merged))
        {
            if (leaf.Path.StartsWith("spec.join.kubeadm.", StringComparison.Ordinal) && leaf.Path.EndsWith(".unsafeSkipCAVerification", StringComparison.Ordinal)
                && leaf is { Node: ScalarNode { Raw: ['t' or 'T', ..] } })
            {
                warnings.Add(new Problem(leaf.Node.At, leaf.Path, "config.unsafe", "the node will join any cluster that answers at the endpoint"));
            }
        }

        return warnings;
    }

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

        // Two fields may still be missing here: RuleCheck reports them, and then nobody sees this record.
        var fields = new SectionReader((MappingNode)node);
        return new Taint(fields.Text("key") ?? "", fields.Text("value") ?? "", fields.Word<TaintEffect>("effect") ?? TaintEffect.NoSchedule);
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
