namespace Slipway.Config;

/// <summary>What a valid configuration may ask for and this version does not do. Asked for in vain, it is an error: never silently ignored.</summary>
internal static class Supported
{
    // Given at all is asked for: "init: {}" makes a cluster.
    private static readonly (string Path, string What)[] NotYet =
    [
        ("spec.join.eks", "joining through EKS hybrid credentials"),
        ("spec.join.kubeadm.init", "making a cluster"),
        ("spec.join.kubeadm.join.controlPlane", "joining as a control-plane node"),
    ];

    // Empty asks for nothing.
    private static readonly (string Path, string What)[] NotYetUnlessEmpty =
    [
        ("spec.runtime.config", "merging TOML into containerd's configuration"),
        ("spec.proxy.http", "proxies"),
        ("spec.proxy.https", "proxies"),
        ("spec.proxy.noProxy", "proxies"),
    ];

    // Choices of which some are done.
    private static readonly (string Path, string[] Words)[] NotYetWords =
    [
        ("spec.runtime.source", ["distro", "docker"]),
        ("spec.system.firewall", ["open"]),
        ("spec.node.setHostname", ["true"]),
    ];

    /// <summary>Every field that asks for something this version does not do.</summary>
    /// <param name="merged">The merged document.</param>
    /// <param name="joins">Whether this run joins the node; otherwise how it joins is somebody else's business.</param>
    public static IReadOnlyList<Problem> Problems(MappingNode merged, bool joins = true)
    {
        var problems = new List<Problem>();
        if (joins && KubeadmDocuments.Read(merged.Reach(KubeadmDocuments.Field)) is { } documents && documents.Unsupported() is { } document)
        {
            problems.Add(Refuse(document, document.TextAt("kind") ?? "", document.TextAt("kind") == "JoinConfiguration"
                ? "joining as a control-plane node" : "making a cluster"));
        }
        foreach (var (path, what) in joins ? NotYet : [])
        {
            if (merged.Reach(path) is { } node and not ScalarNode { Raw: "" })
            {
                problems.Add(Refuse(node, path, what));
            }
        }
        foreach (var (path, what) in NotYetUnlessEmpty)
        {
            if (merged.Reach(path) is { } node and not (ScalarNode { Raw: "" } or SequenceNode { Items.Count: 0 } or MappingNode { Entries.Count: 0 }))
            {
                problems.Add(Refuse(node, path, what));
            }
        }
        foreach (var (path, words) in NotYetWords)
        {
            if (merged.Reach(path) is ScalarNode { At.Source: not EksDocument.DefaultSource } scalar && words.Contains(scalar.Raw, StringComparer.OrdinalIgnoreCase))
            {
                problems.Add(Refuse(scalar, path, $"\"{scalar.Raw}\""));
            }
        }
        return problems;
    }

    private static Problem Refuse(ConfigNode node, string path, string what) =>
        new(node.At, path, "config.unsupported", $"{what}: this version of slipway does not do that yet");
}
