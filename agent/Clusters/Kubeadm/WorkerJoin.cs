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

    /// <summary>For the join with all its retries.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What identifies the cluster.</summary>
    public ClusterTrust Trust => this switch
    {
        { Join.CaCertHashes: { Count: > 0 } hashes } => new ClusterTrust.Pins(hashes),
        { Join.CaCertificate: { Length: > 0 } pem } => new ClusterTrust.Authority(pem),
        _ => new ClusterTrust.Anything(),
    };
}
