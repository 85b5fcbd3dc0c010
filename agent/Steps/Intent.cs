using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Images;

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

    /// <summary>What was baked into this node's image; null when nothing was.</summary>
    public ImageRecord? Image { get; init; }

    /// <summary>Whether an image is made: nothing runs in it yet.</summary>
    public bool AtImageTime { get; init; }

    /// <summary>The only parts to install, by their names in the catalog; null for all of them.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Whether a part is to be installed.</summary>
    /// <param name="part">Its name in the catalog, such as <c>runc</c>.</param>
    public bool Wants(string part) => Only?.Contains(part == Catalog.StaticContainerd ? "containerd" : part) ?? true;

    /// <summary>Where containerd comes from.</summary>
    public RuntimeSource RuntimeSource => Config.Runtime?.Source ?? Image?.RuntimeSource ?? RuntimeSource.Release;

    /// <summary>Where the Kubernetes binaries come from.</summary>
    public KubernetesSource KubernetesSource => Config.Kubernetes?.Source ?? Image?.KubernetesSource ?? KubernetesSource.Release;

    /// <summary>Whether containerd comes from upstream's release.</summary>
    public bool InstallsRuntime => RuntimeSource == RuntimeSource.Release;

    /// <summary>The containerd that is wanted, in words.</summary>
    public string Containerd => RuntimeSource switch
    {
        RuntimeSource.Release => $"containerd {Release.Containerd}",
        RuntimeSource.None => "containerd as it is",
        var packaged => $"containerd{(Config.Runtime?.Version is { } version ? $" {version}" : "")} {(packaged == RuntimeSource.Distro ? "of the distribution" : "of Docker's")}",
    };

    /// <summary>Whether the Kubernetes binaries come from upstream's release.</summary>
    public bool InstallsKubernetes => KubernetesSource == KubernetesSource.Release;

    /// <summary>For the join with its retries, and for its verification.</summary>
    public TimeSpan JoinTimeout => Config.Timeouts?.Join ?? TimeSpan.FromMinutes(15);

    /// <summary>For a whole run.</summary>
    public TimeSpan TotalTimeout => Config.Timeouts?.Total ?? TimeSpan.FromMinutes(30);

    /// <summary>A folder of the caller's own that keeps verified downloads; null for none.</summary>
    public string? SharedCache { get; init; }

    /// <summary>The bundle that files come from; null for none.</summary>
    public Bundle? Bundle { get; init; }

    /// <summary>How files come to this node.</summary>
    public Supply Supply => new()
    {
        Digests = Digests,
        Origins = Bundle is not null && Config.Artifacts?.Mirrors is not { Count: > 0 } ? [new Origin.Bundled(Bundle.Path)] : Origin.Of(Config.Artifacts?.Mirrors),
        Bundle = Bundle,
        TrustsSidecars = Config.Artifacts?.UnknownDigest == UnknownDigest.Sidecar,
        SharedCache = SharedCache,
        Deadline = Config.Timeouts?.Download ?? TimeSpan.FromMinutes(15),
    };
}
