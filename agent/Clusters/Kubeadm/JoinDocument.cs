using System.Text.Json;
using Slipway.Config;

namespace Slipway.Clusters.Kubeadm;

/// <summary>
/// kubeadm's JoinConfiguration: the operator's own, or one made of a <c>join:</c> section, with what is absent filled in. Written as JSON,
/// which is YAML, because it keeps null apart from <c>[]</c>.
/// </summary>
internal static class JoinDocument
{
    private const string Arguments = "nodeRegistration.kubeletExtraArgs";
    private static readonly Position Ours = new("slipway", 1, 1);

    /// <summary>The document, with the token in it: for a file of mode 0600 alone.</summary>
    /// <param name="join">What to join, and as what.</param>
    /// <param name="token">The bootstrap token of a <c>join:</c> section; a document has its own.</param>
    /// <param name="nodeIp">The value of the kubelet's <c>--node-ip</c>; null leaves it to the kubelet.</param>
    public static byte[] Write(WorkerJoin join, Secret<string>? token, string? nodeIp)
    {
        var document = Complete(join.Document ?? FromSection(join, token), join, nodeIp);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            NodeConfigJson.WriteNode(json, document, KubeadmSchema.Of(document));
        }
        return buffer.ToArray();
    }

    private static MappingNode FromSection(WorkerJoin join, Secret<string>? token)
    {
        var document = new MappingNode(Ours, []).Put("apiVersion", Text(KubeadmSchema.V1Beta4)).Put("kind", Text("JoinConfiguration"));
        var secret = token is null ? null : Text(token.Reveal());
        if (join.Join.DiscoveryFile is { Length: > 0 } file)
        {
            return document.Put("discovery.file.kubeConfigPath", Text(file)).Fill("discovery.tlsBootstrapToken", secret);
        }
        document = document.Put("discovery.bootstrapToken.apiServerEndpoint", Text(join.Endpoint.ToString())).Fill("discovery.bootstrapToken.token", secret);
        return Hashes(join) is { Count: > 0 } hashes
            ? document.Put("discovery.bootstrapToken.caCertHashes", Texts(hashes))
            : document.Put("discovery.bootstrapToken.unsafeSkipCAVerification", new ScalarNode(Ours, "true", ScalarKind.Boolean));
    }

    private static MappingNode Complete(MappingNode document, WorkerJoin join, string? nodeIp)
    {
        document = document.Put("nodeRegistration.name", Text(join.NodeName)).Fill("nodeRegistration.criSocket", Text("unix:///run/containerd/containerd.sock"));
        document = document.Fill("nodeRegistration.taints", join.Taints is { } taints ? new SequenceNode(Ours, [.. taints.Select(Taint)]) : null);
        document = document.Put(Arguments, KubeletArguments(join, nodeIp, document.Reach(Arguments) as SequenceNode));
        document = document.Fill("nodeRegistration.ignorePreflightErrors", join.IgnorePreflightErrors.Count > 0 ? Texts(join.IgnorePreflightErrors) : null);
        return document.Fill("patches.directory", join.Patches.Length > 0 ? Text(join.Patches) : null)
            // Short: waiting for an API server is done before, with a log line a try.
            .Fill("timeouts.discovery", Text("2m0s"));
    }

    private static MappingNode Taint(Taint taint) => new MappingNode(Ours, []).Put("key", Text(taint.Key))
        .Fill("value", taint.Value.Length > 0 ? Text(taint.Value) : null).Put("effect", Text(taint.Effect.ToString()));

    /// <summary>Our arguments, but for those that the document gives itself; labels by label.</summary>
    private static SequenceNode KubeletArguments(WorkerJoin join, string? nodeIp, SequenceNode? given)
    {
        MappingNode[] own = [.. (given?.Items ?? []).OfType<MappingNode>()];
        var labeled = string.Join(',', own.Where(item => item.TextAt("name") == "node-labels").Select(item => item.TextAt("value"))).Split(',');
        var labels = join.Labels.Keys.Where(name => !labeled.Any(other => other.Split('=')[0] == name)).Select(name => $"{name}={join.Labels[name]}").ToList();
        var arguments = new List<MappingNode>();
        Add("node-ip", nodeIp);
        Add("node-labels", labels.Count > 0 ? string.Join(',', labels) : null);
        Add("config-dir", join.HasKubeletDropIn ? Path.GetDirectoryName(KubeadmWorker.KubeletDropIn) : null);
        // The operator's flags come last, so that the kubelet takes them where they repeat ours. "--flag" alone means true.
        foreach (var flag in join.KubeletFlags)
        {
            var parts = flag.TrimStart('-').Split('=', 2);
            Add(parts[0], parts.Length == 2 ? parts[1] : "true");
        }
        return new SequenceNode(Ours, [.. arguments, .. own]);

        void Add(string name, string? value)
        {
            // Of labels the kubelet takes all it is given.
            if (value is not null && (name == "node-labels" || own.All(item => item.TextAt("name") != name)))
            {
                arguments.Add(new MappingNode(Ours, []).Put("name", Text(name)).Put("value", Text(value)));
            }
        }
    }

    private static IReadOnlyList<string> Hashes(WorkerJoin join) => join.Trust switch
    {
        ClusterTrust.Pins pins => pins.Hashes,
        ClusterTrust.Authority authority => authority.Hashes(),
        _ => [],
    };

    private static ScalarNode Text(string text) => new(Ours, text, ScalarKind.Text);

    private static SequenceNode Texts(IReadOnlyList<string> texts) => new(Ours, [.. texts.Select(Text)]);
}
