using Slipway.Artifacts;
using Slipway.Config;

namespace Slipway.Tests;

/// <summary>How a test's files come to its node: from its own servers, vouched for by a lock of its own.</summary>
internal static class Supplies
{
    /// <summary>A supply from web mirrors.</summary>
    public static Supply From(LockFile? locked, params IEnumerable<Uri> mirrors) => new()
    {
        Digests = new Digests(locked),
        Origins = Origin.Of([.. mirrors.Select(mirror => new Mirror(Url.TryParse(mirror.AbsoluteUri, "http", "https", "oci")!, null))]),
        Deadline = TimeSpan.FromSeconds(20),
    };

    /// <summary>A lock that vouches for one artifact; null for a digest that nobody knows.</summary>
    public static LockFile? Lock(Slipway.Artifacts.Artifact artifact, string? sha256) => sha256 is null ? null : new LockFile
    {
        SchemaVersion = 1,
        Artifacts = [new LockedArtifact { Name = artifact.Name, Version = artifact.Version, Arch = artifact.Architecture, Url = artifact.Url, Sha256 = sha256 }],
    };
}
