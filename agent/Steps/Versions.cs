using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Images;
using Slipway.Reporting;

namespace Slipway.Steps;

/// <summary>The exact versions for a node: the configuration's word, then the lock file's, then what the image has, then the table's.</summary>
internal static class Versions
{
    /// <summary>Decides them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="locked">The lock file; null when there is none.</param>
    /// <param name="image">What was baked into the image; null when nothing was, or it is not to count.</param>
    /// <param name="facts">The machine.</param>
    /// <exception cref="FailureException"><c>config.version-*</c>.</exception>
    public static Release Decide(NodeConfig config, LockFile? locked, ImageRecord? image, Facts facts)
    {
        var vouched = new Digests(locked);
        var version = Kubernetes(config, vouched, image, facts);
        // An image's versions belong together: of another Kubernetes than the image's own none of them counts.
        var baked = image?.Version("kubernetes") == version ? image : null;
        return VersionTable.For(version, config.Runtime?.Version ?? "",
            config.Runtime?.SandboxImage is { Length: > 0 } pause ? pause : baked?.Version("pause") ?? "",
            name => vouched.LockedVersion(name, facts.Architecture) ?? baked?.Artifacts.FirstOrDefault(artifact => artifact.Name == name)?.Version, facts.Glibc);
    }

    /// <summary>Who vouches for files: the lock file, then the image for what it has.</summary>
    public static LockFile? Vouching(LockFile? locked, ImageRecord? image) => image is not { Artifacts.Count: > 0 } ? locked
        : new LockFile { SchemaVersion = 1, Artifacts = [.. locked?.Artifacts ?? [], .. image.Artifacts] };

    private static string Kubernetes(NodeConfig config, Digests vouched, ImageRecord? image, Facts facts)
    {
        var baked = image?.Version("kubernetes");
        if (config.Kubernetes?.Version is not { } wanted)
        {
            return baked ?? throw new FailureException(new Failure("config.version-missing", "spec.kubernetes.version is not given, and nothing else says it"));
        }
        if (wanted.Patch is not null)
        {
            return wanted.ToString();
        }
        // A minor version is what the image has of it: resolved once, when it was baked.
        return baked?.StartsWith($"{wanted}.", StringComparison.Ordinal) == true ? baked
            : vouched.NewestPatch(wanted.ToString(), facts.Architecture)
                ?? throw new FailureException(new Failure("config.version-unsupported", $"Kubernetes {wanted}: no patch of it has a known digest"));
    }
}
