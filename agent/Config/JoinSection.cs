namespace Slipway.Config;

/// <summary>How the node joins its cluster: through exactly one of the two, unless it only prepares.</summary>
/// <param name="Mode">Whether to join or to prepare; null means <see cref="JoinMode.Auto"/>.</param>
/// <param name="Kubeadm">Through kubeadm.</param>
/// <param name="Eks">As a hybrid node of EKS.</param>
internal sealed record JoinSection(JoinMode? Mode, KubeadmSection? Kubeadm, EksSection? Eks);

/// <summary>Whether to join.</summary>
internal enum JoinMode
{
    /// <summary>Join.</summary>
    Join,

    /// <summary>Everything but the join.</summary>
    Prepare,

    /// <summary>Prepare when the user data's own commands join, else join.</summary>
    Auto,
}

/// <summary>A join through kubeadm: exactly one of <see cref="Join"/>, <see cref="Init"/>, <see cref="Documents"/>.</summary>
/// <param name="Join">Join a cluster.</param>
/// <param name="Init">Make a new cluster.</param>
/// <param name="Documents">kubeadm's own documents.</param>
/// <param name="IgnorePreflightErrors">kubeadm checks whose errors are passed over.</param>
/// <param name="Patches">A directory of kubeadm patches.</param>
internal sealed record KubeadmSection(
    KubeadmJoin? Join, KubeadmInit? Init, KubeadmDocuments? Documents, IReadOnlyList<string>? IgnorePreflightErrors, string? Patches)
{
    /// <summary>The cluster to join, by whichever of the two says it; null where a cluster is made.</summary>
    public KubeadmJoin? Target() => Join ?? (Documents is { Init: null } documents ? documents.ToJoin() : null);
}

/// <summary>Joining a cluster that is there.</summary>
/// <param name="ApiServerEndpoint">Host and port; null only with a discovery file.</param>
/// <param name="Token">The bootstrap token.</param>
/// <param name="CaCertHashes">Pins of the CA: <c>sha256:</c> and 64 hexadecimal digits each.</param>
/// <param name="CaCertificate">The CA itself, PEM.</param>
/// <param name="DiscoveryFile">The path or https address of a kubeconfig.</param>
/// <param name="UnsafeSkipCAVerification">Join without proof of whose cluster it is.</param>
/// <param name="ControlPlane">Present for a control-plane node.</param>
internal sealed record KubeadmJoin(
    HostPort? ApiServerEndpoint, SecretRef? Token, IReadOnlyList<string>? CaCertHashes, string? CaCertificate, string? DiscoveryFile,
    bool? UnsafeSkipCAVerification, ControlPlaneSection? ControlPlane);

/// <summary>What a control-plane node needs besides.</summary>
/// <param name="CertificateKey">The key that the cluster's certificates were uploaded with: 64 hexadecimal digits.</param>
/// <param name="AdvertiseAddress">The address that this API server announces.</param>
/// <param name="BindPort">The port it listens on.</param>
internal sealed record ControlPlaneSection(SecretRef? CertificateKey, string? AdvertiseAddress, int? BindPort);
