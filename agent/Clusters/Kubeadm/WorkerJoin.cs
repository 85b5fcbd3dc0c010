using Slipway.Config;

namespace Slipway.Clusters.Kubeadm;

/// <summary>Everything that joining as a worker needs to know.</summary>
internal sealed record WorkerJoin
{
    /// <summary>The node's name.</summary>
    public required string NodeName { get; init; }

    /// <summary>Endpoint, token and what identifies the cluster.</summary>
    public required KubeadmJoin Join { get; init; }

    /// <summary>How the node's address is chosen.</summary>
    public required NodeIp NodeIp { get; init; }

    /// <summary>Labels that the kubelet registers.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Taints; null takes the role's default, empty means none.</summary>
    public required IReadOnlyList<Taint>? Taints { get; init; }

    /// <summary>The operator's kubelet flags, in order.</summary>
    public required IReadOnlyList<string> KubeletFlags { get; init; }

    /// <summary>Whether a kubelet drop-in was written.</summary>
    public required bool HasKubeletDropIn { get; init; }

    /// <summary>kubeadm checks whose errors are passed over.</summary>
    public required IReadOnlyList<string> IgnorePreflightErrors { get; init; }

    /// <summary>A directory of kubeadm patches; empty for none.</summary>
    public required string Patches { get; init; }

    /// <summary>The operator's own JoinConfiguration, in the version that is written; null where a section says it all.</summary>
    public MappingNode? Document { get; init; }

    /// <summary>Where kubeadm's documents are read at the moment of the join; null when they are known before.</summary>
    public SecretRef? Reference { get; init; }

    /// <summary>For the join with all its retries.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The API server, with its port; without a host where only a discovery file knows it.</summary>
    public HostPort Endpoint => Join.ApiServerEndpoint is { } given ? given with { Port = given.Port ?? 6443 } : new HostPort("", null);

    /// <summary>The same with what kubeadm's own documents say.</summary>
    public WorkerJoin With(KubeadmDocuments documents) => this with
    {
        Join = documents.ToJoin(),
        Document = KubeadmConversion.ToV1Beta4(documents.Given).FirstOrDefault(document => document.TextAt("kind") == "JoinConfiguration"),
        Reference = documents.Reference,
    };

    /// <summary>What identifies the cluster.</summary>
    public ClusterTrust Trust => this switch
    {
        { Join.CaCertHashes: { Count: > 0 } hashes } => new ClusterTrust.Pins(hashes),
        { Join.CaCertificate: { Length: > 0 } pem } => new ClusterTrust.Authority(pem),
        _ => new ClusterTrust.Anything(),
    };
}
