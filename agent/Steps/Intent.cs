using Slipway.Artifacts;
using Slipway.Config;

namespace Slipway.Steps;

/// <summary>What is wanted of this node, with everything that the configuration left open decided.</summary>
internal sealed record Intent
{
    /// <summary>The accepted configuration.</summary>
    public required NodeConfig Config { get; init; }

    /// <summary>The node's name in the cluster.</summary>
    public required string NodeName { get; init; }

    /// <summary>The exact versions.</summary>
    public required Release Release { get; init; }

    /// <summary>What vouches for the files to install.</summary>
    public required Digests Digests { get; init; }

    /// <summary>Whether to join, or to prepare all but the join.</summary>
    public required bool Joins { get; init; }

    /// <summary>Whether containerd comes from upstream's release.</summary>
    public bool InstallsRuntime => (Config.Runtime?.Source ?? RuntimeSource.Release) == RuntimeSource.Release;

    /// <summary>Whether the Kubernetes binaries come from upstream's release.</summary>
    public bool InstallsKubernetes => (Config.Kubernetes?.Source ?? KubernetesSource.Release) == KubernetesSource.Release;

    /// <summary>For each download with its retries.</summary>
    public TimeSpan DownloadTimeout => Config.Timeouts?.Download ?? TimeSpan.FromMinutes(15);

    /// <summary>For the join with its retries, and for its verification.</summary>
    public TimeSpan JoinTimeout => Config.Timeouts?.Join ?? TimeSpan.FromMinutes(15);

    /// <summary>For a whole run.</summary>
    public TimeSpan TotalTimeout => Config.Timeouts?.Total ?? TimeSpan.FromMinutes(30);

    /// <summary>The mirrors, in order.</summary>
    public IReadOnlyList<Uri> Mirrors => [.. (Config.Artifacts?.Mirrors ?? []).Select(mirror => new Uri(mirror.Url.Reveal()))];
}
