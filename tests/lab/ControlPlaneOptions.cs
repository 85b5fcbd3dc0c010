namespace Slipway.Lab;

/// <summary>How a <see cref="ControlPlane"/> is set up.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Name or address by which nodes reach this machine: 10.0.2.2 from QEMU, 127.0.0.1 from a container on the host's network.</summary>
    public string NodeFacingHost { get; init; } = "10.0.2.2";

    /// <summary>Version of the cluster, without v.</summary>
    public string KubernetesVersion { get; init; } = "1.36.2";

    /// <summary>Further names and addresses for the server's certificate.</summary>
    public IReadOnlyList<string> ExtraNames { get; init; } = [];

    /// <summary>How long a CSR waits for its signature; real clusters take a moment, and some have no approver at all.</summary>
    public TimeSpan SigningDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Lifetime of the kubelets' client certificates.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(365);
}
