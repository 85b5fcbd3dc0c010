namespace Slipway.Config;

/// <summary>A flag of the kubelet's that has a better place, or none (https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/).</summary>
/// <param name="Name">The flag without its hyphens.</param>
/// <param name="Instead">The field of ours that says the same; empty for none.</param>
/// <param name="Ours">Whether Slipway itself depends on the flag's value.</param>
/// <param name="Removed">The minor version without it; 0 for none.</param>
internal sealed record KubeletFlag(string Name, string Instead, bool Ours = false, int Removed = 0)
{
    private static readonly KubeletFlag[] Known =
    [
        new("config", "spec.kubelet.config", Ours: true),
        new("config-dir", "spec.kubelet.config", Ours: true),
        new("kubeconfig", "spec.join", Ours: true),
        new("bootstrap-kubeconfig", "spec.join", Ours: true),
        new("hostname-override", "spec.node.name", Ours: true),
        new("node-ip", "spec.node.ip"),
        new("node-labels", "spec.node.labels"),
        new("register-with-taints", "spec.node.taints"),
        new("pod-infra-container-image", "spec.runtime.sandboxImage", Removed: 35),
        new("container-runtime", "", Removed: 27),
        new("network-plugin", "", Removed: 24),
        new("cni-bin-dir", "", Removed: 24),
        new("cni-conf-dir", "", Removed: 24),
        new("dynamic-config-dir", "spec.kubelet.config", Removed: 24),
    ];

    /// <summary>The version that a flag went with; null where the chosen version, or every supported one, has it.</summary>
    /// <param name="name">The flag without its hyphens.</param>
    /// <param name="version">The version of Kubernetes chosen; null for any.</param>
    public static string? GoneSince(string name, KubernetesVersion? version) =>
        // Every supported version lacks what 1.30 lacked.
        Array.Find(Known, candidate => candidate.Name == name) is { Removed: > 0 } known && (known.Removed <= 30 || version?.Major > 1 || version?.Minor >= known.Removed)
            ? $"1.{known.Removed}"
            : null;

    /// <summary>What is wrong with a flag among kubeadm's <c>kubeletExtraArgs</c>; null for nothing.</summary>
    /// <param name="flag">Its name, without hyphens, and its value.</param>
    /// <param name="path">The field it stands in.</param>
    /// <param name="nodeName">The name that the document gives the node; null for none.</param>
    /// <param name="version">The version of Kubernetes chosen; null for any.</param>
    public static Problem? OfKubeadm(MappingEntry flag, string path, string? nodeName, KubernetesVersion? version)
    {
        string value = (flag.Value as ScalarNode)?.Raw ?? "";
        if (!TextFormat.IsFlagName(flag.Key))
        {
            return new Problem(flag.KeyAt, path, "config.invalid-value", $"{Quoting.Value(flag.Key)} is not a flag's name", "a name without hyphens before it and without its value, such as v");
        }

        if (GoneSince(flag.Key, version) is { } gone)
        {
            return new Problem(flag.KeyAt, path, "config.conflict", $"the kubelet has no --{flag.Key} since Kubernetes {gone} and does not start with it", "nothing: leave it out");
        }

        bool isName = flag.Key == "hostname-override";
        if (Array.Exists(Known, known => known.Ours && known.Name == flag.Key) && !(isName && value == nodeName))
        {
            return new Problem(flag.KeyAt, path, "config.conflict", $"--{flag.Key} is set by itself on a node that joins", isName ? "nodeRegistration.name alone" : "nothing: leave it out");
        }

        return flag.Key == "node-labels" && value.Split(',').Select(label => label.Split('=')[0].Trim()).FirstOrDefault(key => key.Length > 0 && !NameForms.IsNodeLabel(key)) is { } wrong
            ? new Problem(flag.Value.At, path, "config.invalid-value", $"the kubelet does not start with the label {Quoting.Value(wrong)}", TextFormat.LabelKey.Expected)
            : null;
    }

    /// <summary>What is to be said of a flag; null for nothing.</summary>
    /// <param name="flag">The flag with its value: <c>--v=2</c>.</param>
    /// <param name="path">Its path.</param>
    /// <param name="merged">The merged document.</param>
    /// <param name="version">The version of Kubernetes chosen; null for any.</param>
    public static Problem? Problem(ScalarNode flag, string path, MappingNode merged, KubernetesVersion? version)
    {
        string name = flag.Raw.TrimStart('-').Split('=')[0];
        KubeletFlag? known = Array.Find(Known, candidate => candidate.Name == name);
        string? instead = known is null or { Instead: "" } ? null : known.Instead;
        if (GoneSince(name, version) is { } gone)
        {
            return Say(Severity.Error, $"the kubelet has no --{name} since Kubernetes {gone} and does not start with it", instead ?? "nothing: leave it out");
        }

        if (known is { Ours: true } || (instead is not null && merged.Reach(instead) is not (null or ScalarNode { Raw: "" })))
        {
            return Say(Severity.Error, known is { Ours: true } ? $"slipway sets --{name} itself" : $"--{name} says again what {instead} says", $"{instead} alone");
        }

        if (known is not null)
        {
            return Say(Severity.Warning, $"slipway does not look into --{name}", instead!);
        }

        // --max-pods is maxPods: a flag wins over the configuration without a word.
        string bare = name.Replace("-", "", StringComparison.Ordinal);
        MappingEntry? field = (merged.Reach("spec.kubelet.config") as MappingNode)?.Entries.FirstOrDefault(e => e.Key.Equals(bare, StringComparison.OrdinalIgnoreCase));
        return field is null ? null : Say(Severity.Warning, $"this flag wins over {ConfigPath.Join("spec.kubelet.config", field.Key)} ({field.KeyAt})", "one of the two");

        Problem Say(Severity severity, string message, string expected) =>
            new(flag.At, path, severity == Severity.Error ? "config.conflict" : "config.doubtful", message, expected)
            {
                Severity = severity,
                Value = Quoting.Shown(flag.Raw),
            };
    }
}
