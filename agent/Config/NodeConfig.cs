namespace Slipway.Config;

/// <summary>
/// What an operator wants of a node: the <c>spec</c> of the merged document, typed. Null is "not given" everywhere; a list that is
/// given and empty is empty. Text that was given as <c>""</c> is null where a version, an address or another form is kept.
/// </summary>
internal sealed record NodeConfig
{
    /// <summary>The Kubernetes binaries.</summary>
    public KubernetesSection? Kubernetes { get; init; }

    /// <summary>The node as the cluster sees it.</summary>
    public NodeSection? Node { get; init; }

    /// <summary>The container runtime.</summary>
    public RuntimeSection? Runtime { get; init; }

    /// <summary>The kubelet's configuration.</summary>
    public KubeletSection? Kubelet { get; init; }

    /// <summary>Where files are loaded from and what vouches for them.</summary>
    public ArtifactsSection? Artifacts { get; init; }

    /// <summary>Container images and registries.</summary>
    public ImagesSection? Images { get; init; }

    /// <summary>Proxies.</summary>
    public ProxySection? Proxy { get; init; }

    /// <summary>The operating system's settings.</summary>
    public SystemSection? System { get; init; }

    /// <summary>Deadlines.</summary>
    public TimeoutsSection? Timeouts { get; init; }

    /// <summary>How the node joins its cluster.</summary>
    public JoinSection? Join { get; init; }

    /// <summary>Reporting to the hypervisor.</summary>
    public ReportSection? Report { get; init; }
}

/// <summary>The Kubernetes binaries.</summary>
/// <param name="Version">Null where the image, the kubeadm documents or EKS say it.</param>
/// <param name="Source">Where the binaries come from.</param>
internal sealed record KubernetesSection(KubernetesVersion? Version, KubernetesSource? Source);

/// <summary>Where the Kubernetes binaries come from.</summary>
internal enum KubernetesSource
{
    /// <summary>Upstream's releases, or a mirror of them.</summary>
    Release,

    /// <summary>What the node has.</summary>
    None,
}

/// <summary>The node as the cluster sees it.</summary>
/// <param name="Name">The node's name, or null for the source's or the machine's own.</param>
/// <param name="SetHostname">Whether the machine's hostname is set to it.</param>
/// <param name="Ip">How the node's own address is chosen.</param>
/// <param name="Labels">Labels by key.</param>
/// <param name="Taints">Null takes the role's default; empty means none.</param>
internal sealed record NodeSection(
    string? Name, bool? SetHostname, NodeIp? Ip, IReadOnlyDictionary<string, string>? Labels, IReadOnlyList<Taint>? Taints);

/// <summary>The kubelet's configuration.</summary>
/// <param name="Config">Fields of KubeletConfiguration as written.</param>
/// <param name="Flags">Flags in order, of all documents.</param>
internal sealed record KubeletSection(MappingNode? Config, IReadOnlyList<string>? Flags);

/// <summary>Proxies; an address may carry credentials.</summary>
/// <param name="Http">The proxy for http.</param>
/// <param name="Https">The proxy for https.</param>
/// <param name="NoProxy">Hosts, domains and networks reached without one.</param>
internal sealed record ProxySection(Url? Http, Url? Https, IReadOnlyList<string>? NoProxy);

/// <summary>Deadlines.</summary>
/// <param name="Download">One download, retries included.</param>
/// <param name="Join">The join.</param>
/// <param name="Total">A whole run.</param>
internal sealed record TimeoutsSection(TimeSpan? Download, TimeSpan? Join, TimeSpan? Total);

/// <summary>Reporting to the hypervisor.</summary>
/// <param name="Guestinfo">Whether progress is written to guestinfo.</param>
/// <param name="Redact">Whether the user data is redacted there once it is saved.</param>
internal sealed record ReportSection(bool? Guestinfo, bool? Redact);
