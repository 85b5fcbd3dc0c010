namespace Slipway.Config;

/// <summary>A new cluster; names are those of kubeadm's ClusterConfiguration where it has them.</summary>
internal sealed record KubeadmInit
{
    /// <summary>The cluster's name.</summary>
    public string? ClusterName { get; init; }

    /// <summary>The stable name or address of the control plane.</summary>
    public HostPort? ControlPlaneEndpoint { get; init; }

    /// <summary>The network of the pods; <c>v4,v6</c> for both families.</summary>
    public string? PodSubnet { get; init; }

    /// <summary>The network of the services; <c>v4,v6</c> for both families.</summary>
    public string? ServiceSubnet { get; init; }

    /// <summary>Where the control plane's images come from.</summary>
    public string? ImageRepository { get; init; }

    /// <summary>Whether ordinary pods may run on this node.</summary>
    public bool? SingleNode { get; init; }

    /// <summary>An etcd outside the cluster.</summary>
    public ExternalEtcdSection? ExternalEtcd { get; init; }

    /// <summary>Whether the certificates are uploaded for further control-plane nodes.</summary>
    public bool? UploadCerts { get; init; }

    /// <summary>The API server's audit log.</summary>
    public AuditSection? Audit { get; init; }

    /// <summary>Flags of the control plane's programs.</summary>
    public ExtraArgsSection? ExtraArgs { get; init; }

    /// <summary>Manifests applied once after the init.</summary>
    public IReadOnlyList<Manifest>? Manifests { get; init; }

    /// <summary>Static pods put in place before the init.</summary>
    public IReadOnlyList<Manifest>? StaticPods { get; init; }
}

/// <summary>An etcd outside the cluster.</summary>
/// <param name="Endpoints">The members' client addresses.</param>
/// <param name="CaFile">etcd's CA.</param>
/// <param name="CertFile">The client certificate.</param>
/// <param name="KeyFile">The client certificate's key.</param>
internal sealed record ExternalEtcdSection(IReadOnlyList<Url>? Endpoints, string? CaFile, string? CertFile, string? KeyFile);

/// <summary>The API server's audit log; the fields are its <c>--audit-…</c> flags.</summary>
/// <param name="PolicyFile">The audit policy.</param>
/// <param name="LogPath">The audit log.</param>
/// <param name="LogMaxAge">Days that old logs are kept.</param>
/// <param name="LogMaxBackup">How many old logs are kept.</param>
/// <param name="LogMaxSize">Megabytes after which a log is rotated.</param>
internal sealed record AuditSection(string? PolicyFile, string? LogPath, int? LogMaxAge, int? LogMaxBackup, int? LogMaxSize);

/// <summary>Flags of the control plane's programs, by name without <c>--</c>.</summary>
/// <param name="ApiServer">Of kube-apiserver.</param>
/// <param name="ControllerManager">Of kube-controller-manager.</param>
/// <param name="Scheduler">Of kube-scheduler.</param>
/// <param name="Etcd">Of etcd.</param>
internal sealed record ExtraArgsSection(
    IReadOnlyDictionary<string, string>? ApiServer, IReadOnlyDictionary<string, string>? ControllerManager,
    IReadOnlyDictionary<string, string>? Scheduler, IReadOnlyDictionary<string, string>? Etcd);

/// <summary>A manifest: a file of the node, or an address with the digest of what is there.</summary>
/// <param name="Path">The file's path, or null.</param>
/// <param name="Url">The address, or null.</param>
/// <param name="Digest"><c>sha256:</c> and 64 hexadecimal digits in lower case; never null with an address.</param>
internal sealed record Manifest(string? Path, Url? Url, string? Digest);
