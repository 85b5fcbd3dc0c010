namespace Slipway.Config;

/// <summary>The container runtime.</summary>
/// <param name="Source">Where containerd comes from; null leaves it as baked.</param>
/// <param name="Version">The version of containerd, such as <c>2.3.4</c>.</param>
/// <param name="Config">TOML merged into containerd's configuration; a secret because it may hold registry credentials.</param>
/// <param name="SandboxImage">The pause image.</param>
internal sealed record RuntimeSection(RuntimeSource? Source, string? Version, SecretRef? Config, string? SandboxImage);

/// <summary>Where containerd comes from.</summary>
internal enum RuntimeSource
{
    /// <summary>Upstream's release archives, or a mirror of them.</summary>
    Release,

    /// <summary>The distribution's package.</summary>
    Distro,

    /// <summary>Docker's package repository.</summary>
    Docker,

    /// <summary>What the node has.</summary>
    None,
}
