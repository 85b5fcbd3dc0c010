using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Artifacts.Oci;

/// <summary>Which container image, with everything that people leave out of its name put in.</summary>
/// <param name="Registry">Host and perhaps port: <c>docker.io</c> where none was named.</param>
/// <param name="Path">The repository there, such as <c>library/busybox</c>.</param>
/// <param name="Tag">The tag; null where a digest says it all.</param>
/// <param name="Digest">64 lower-case hex digits of its manifest's or index's SHA-256; null where a tag names it.</param>
internal sealed record ImageReference(string Registry, string Path, string? Tag, string? Digest)
{
    /// <summary>Where its registry is asked: Docker's own is elsewhere than its name says.</summary>
    public Url Repository => Url.TryParse($"oci://{(Registry == "docker.io" ? "registry-1.docker.io" : Registry)}/{Path}", "oci")!;

    /// <summary>What its registry is asked for.</summary>
    public string Wanted => Digest is null ? Tag! : "sha256:" + Digest;

    /// <summary>The whole name, as containerd and the kubelet know it: a digest stands for a tag beside it.</summary>
    public override string ToString() => Digest is null ? $"{Registry}/{Path}:{Tag}" : $"{Registry}/{Path}@sha256:{Digest}";

    /// <summary>Reads a reference as containerd does (https://github.com/distribution/reference); null when it is none.</summary>
    public static ImageReference? TryParse(string text)
    {
        if (!ImageName.IsReference(text))
        {
            return null;
        }
        var parts = text.Split('@', 2);
        var name = parts[0];
        var digest = parts.Length > 1 ? parts[1]["sha256:".Length..] : null;
        var colon = name.LastIndexOf(':');
        var tag = colon > name.LastIndexOf('/') ? name[(colon + 1)..] : null;
        name = tag is null ? name : name[..colon];
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        var registry = first == "localhost" || first.AsSpan().ContainsAny(".:") ? first : "docker.io";
        var path = registry == first ? name[(slash + 1)..] : name;
        registry = registry == "index.docker.io" ? "docker.io" : registry;
        return new ImageReference(registry, registry == "docker.io" && !path.Contains('/', StringComparison.Ordinal) ? "library/" + path : path,
            digest is null ? tag ?? "latest" : null, digest);
    }

    /// <summary>Reads a reference that was asked for.</summary>
    /// <exception cref="FailureException"><c>usage.image-invalid</c>.</exception>
    public static ImageReference Parse(string text) => TryParse(text)
        ?? throw new FailureException(new Failure("usage.image-invalid", $"\"{text}\" is no image: expected [HOST/]PATH[:TAG][@sha256:HEX], such as registry.k8s.io/pause:3.10.2"));
}
