namespace Slipway.Config;

/// <summary>Where files are loaded from and what vouches for them.</summary>
/// <param name="Mirrors">Tried in order.</param>
/// <param name="Bundle">The path of a bundle file.</param>
/// <param name="Lock">The path of a lock file.</param>
/// <param name="UnknownDigest">What happens to a file whose digest nothing vouches for.</param>
internal sealed record ArtifactsSection(IReadOnlyList<Mirror>? Mirrors, string? Bundle, string? Lock, UnknownDigest? UnknownDigest);

/// <summary>A mirror.</summary>
/// <param name="Url">Its address.</param>
/// <param name="Credentials"><c>user:password</c> or a bearer token.</param>
internal sealed record Mirror(Url Url, SecretRef? Credentials);

/// <summary>What happens to a file whose digest is not known in advance.</summary>
internal enum UnknownDigest
{
    /// <summary>It is not installed.</summary>
    Refuse,

    /// <summary>The <c>.sha256</c> file beside it is trusted, and the log says so.</summary>
    Sidecar,
}

/// <summary>Container images and registries.</summary>
/// <param name="Archives">Paths of image archives to import.</param>
/// <param name="Pull">Images to pull before the join.</param>
/// <param name="Registries">Registries by host; <c>_default</c> for all others.</param>
internal sealed record ImagesSection(
    IReadOnlyList<string>? Archives, IReadOnlyList<string>? Pull, IReadOnlyDictionary<string, RegistrySection>? Registries);

/// <summary>A registry, as containerd's <c>certs.d</c> describes it.</summary>
/// <param name="Mirrors">Tried in order.</param>
/// <param name="Ca">CA certificates, PEM.</param>
/// <param name="Credentials"><c>user:password</c>.</param>
internal sealed record RegistrySection(IReadOnlyList<Mirror>? Mirrors, string? Ca, SecretRef? Credentials);
