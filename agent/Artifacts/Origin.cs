using Slipway.Config;

namespace Slipway.Artifacts;

/// <summary>Somewhere that artifacts are fetched from: upstream itself, a web mirror, or a registry.</summary>
internal abstract record Origin
{
    private Origin()
    {
    }

    /// <summary>Where upstream publishes each file.</summary>
    public sealed record Upstream : Origin;

    /// <summary>A web server with upstream's paths: it takes the place of scheme and host of every URL.</summary>
    /// <param name="Base">Its address, perhaps with a path of its own and credentials.</param>
    /// <param name="Credentials"><c>user:password</c> or a bearer token; null where the address says all.</param>
    public sealed record Web(Url Base, SecretRef? Credentials) : Origin;

    /// <summary>A repository of an OCI registry that has each file as a blob, found by its SHA-256.</summary>
    /// <param name="Repository">Such as <c>oci://registry.example/slipway</c>.</param>
    /// <param name="Credentials"><c>user:password</c> or a bearer token; null for none.</param>
    public sealed record Registry(Url Repository, SecretRef? Credentials) : Origin;

    /// <summary>The mirrors of a configuration, in order; upstream where it names none.</summary>
    public static IReadOnlyList<Origin> Of(IReadOnlyList<Mirror>? mirrors) => mirrors is not { Count: > 0 }
        ? [new Upstream()]
        : [.. mirrors.Select(mirror => mirror.Url.Scheme == "oci" ? new Registry(mirror.Url, mirror.Credentials) : (Origin)new Web(mirror.Url, mirror.Credentials))];

    /// <summary>Where a file lies at this origin, for web servers; null at a registry, which knows digests alone.</summary>
    public Uri? Locate(Uri upstream) => this switch
    {
        Upstream => upstream,
        Web web => new Uri(new Uri(web.Base.Reveal()).AbsoluteUri.TrimEnd('/') + upstream.AbsolutePath),
        _ => null,
    };
}
