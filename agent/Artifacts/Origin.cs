using Slipway.Artifacts.Oci;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Sources;

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

    /// <summary>A bundle that has been unpacked, and no other place: what was not in it is nowhere.</summary>
    /// <param name="Path">Where it lies.</param>
    public sealed record Bundled(string Path) : Origin;

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

    /// <summary>Where a file comes from, for messages: never credentials.</summary>
    public string Shown(Uri upstream) => Locate(upstream) is { } url ? Http.Shown(url) : this is Registry registry ? $"{registry.Repository}" : ((Bundled)this).Path;

    /// <summary>Begins to read a file.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="upstream">Where upstream publishes it.</param>
    /// <param name="sha256">The digest that it has, by which a registry knows it.</param>
    /// <param name="from">Bytes that are there already; the answer is 206 when the rest follows, and 200 when all does.</param>
    /// <param name="validator">What those bytes came with from here (<see cref="HttpFile.ValidatorOf"/>); empty for none.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <returns>An answer that is a success.</returns>
    /// <exception cref="FailureException"><c>http.*</c>, <c>registry.*</c>, <c>secret.*</c>.</exception>
    public async Task<HttpResponseMessage> OpenAsync(Host host, Uri upstream, string sha256, long from, string validator, CancellationToken ct)
    {
        if (this is Bundled bundle)
        {
            throw new FailureException(new Failure("bundle.incomplete", $"{bundle.Path} does not have {Http.Shown(upstream)} with sha256 {sha256}"));
        }
        if (this is Registry registry)
        {
            return await new RegistryClient(host, registry.Repository, registry.Credentials).GetBlobAsync(sha256, from, validator, ct);
        }
        var credentials = this is Web { Credentials: { } reference } ? (await SecretValue.ReadAsync(host, reference, $"credentials of {Shown(upstream)}", ct)).Reveal() : null;
        return await new HttpFile(Locate(upstream)!, credentials).OpenAsync(host.Http, from, validator, ct);
    }
}
