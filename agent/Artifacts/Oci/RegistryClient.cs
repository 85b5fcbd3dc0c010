using System.Net;
using System.Text.Json;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Artifacts.Oci;

/// <summary>One repository of an OCI registry: blobs and manifests, with the authentication that the registry asks for.</summary>
/// <remarks>
/// https://github.com/opencontainers/distribution-spec/blob/main/spec.md. It speaks https, and http to localhost, 127.0.0.1 and [::1] alone, as
/// docker and containerd do.
/// </remarks>
internal sealed class RegistryClient
{
    /// <summary>What a manifest may be: of one image, or of one for each platform; OCI's types and Docker's.</summary>
    public static readonly string[] ManifestTypes =
    [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ];

    private const int MostRedirects = 5;
    private readonly Host host;
    private readonly Uri api;
    private readonly SecretRef? credentials;

    // What the registry asked for last; sent along from then on, to this registry alone.
    private string? authorization;

    /// <summary>A client of a repository; nothing is asked yet.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="repository">Such as <c>oci://registry.example/slipway</c>, perhaps with <c>user:password@</c>.</param>
    /// <param name="credentials"><c>user:password</c> or a bearer token; null for none, or for those of the address.</param>
    public RegistryClient(Host host, Url repository, SecretRef? credentials)
    {
        var address = new Uri(repository.Reveal());
        var name = address.AbsolutePath.Trim('/');
        this.host = host;
        this.credentials = credentials ?? (AuthorizationHeader.In(address) is { } own ? new SecretRef.Literal(new Secret<string>(own)) : null);
        Repository = $"{address.Authority}/{name}";
        if (!ImageName.IsRepository(Repository) || name.Length == 0)
        {
            throw new FailureException(new Failure("registry.address-invalid", $"{repository}: expected oci://HOST[:PORT]/REPOSITORY in lower case, such as oci://registry.example/slipway"));
        }
        api = new Uri($"{(address.Host is "localhost" or "127.0.0.1" or "[::1]" ? "http" : "https")}://{address.Authority}/v2/{name}/");
    }

    /// <summary>For people: <c>registry.example/slipway</c>.</summary>
    public string Repository { get; }

    /// <summary>Begins to read a blob; the body streams, and is the caller's to verify.</summary>
    /// <param name="sha256">Its digest, 64 lower-case hex digits.</param>
    /// <param name="from">Bytes that are there already; the answer is 206 when the rest follows, and 200 when all does.</param>
    /// <param name="ifRange">What those bytes came with (<see cref="HttpFile.ValidatorOf"/>); null or empty for none.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>registry.not-found</c>, <c>registry.unauthorized</c> and other <c>registry.*</c> and <c>http.*</c>.</exception>
    public Task<HttpResponseMessage> GetBlobAsync(string sha256, long from, string? ifRange, CancellationToken ct) =>
        AskAsync(HttpMethod.Get, $"blobs/sha256:{sha256}", request => HttpFile.Ask(request.Headers, from, ifRange ?? ""), ct);

    /// <summary>Sends a request about this repository.</summary>
    /// <param name="method">GET and HEAD follow redirects, without credentials where they lead to another server.</param>
    /// <param name="path">What is asked for, below the repository; or an absolute address that the registry named.</param>
    /// <param name="prepare">Adds headers and body; called again where a request is sent anew.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <param name="patience">How long the answer may take; null for as long as any.</param>
    /// <returns>An answer that is a success.</returns>
    /// <exception cref="FailureException">As <see cref="GetBlobAsync"/>.</exception>
    public async Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, Action<HttpRequestMessage>? prepare, CancellationToken ct, TimeSpan? patience = null)
    {
        var url = new Uri(api, path);
        for (var (isAsked, redirects) = (false, 0); ;)
        {
            using var request = new HttpRequestMessage(method, url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
            prepare?.Invoke(request);
            var isOwn = url.Scheme == api.Scheme && url.Authority == api.Authority;
            if (isOwn && authorization is { } known)
            {
                request.Headers.TryAddWithoutValidation("Authorization", known);
            }
            var response = await host.Http.SendAsync(request, patience ?? Http.IdleTimeout, ct);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using var other = response;
            var status = (int)response.StatusCode;
            if (status == 401 && isOwn && !isAsked)
            {
                // A token that was good has perhaps run out: once a request.
                isAsked = true;
                authorization = await AuthorizeAsync(response, ct);
            }
            else if (status is >= 300 and < 400 && (method == HttpMethod.Get || method == HttpMethod.Head)
                && response.Headers.Location is { } location && redirects++ < MostRedirects
                && new Uri(url, location) is var target && (target.Scheme == url.Scheme || target.Scheme == Uri.UriSchemeHttps))
            {
                url = target;
            }
            else
            {
                throw (isOwn ? status : 0) switch
                {
                    401 or 403 => Failed("registry.unauthorized", $"{method} {Http.Shown(url)}: HTTP {status} {(credentials is null ? "without credentials" : "with the credentials given")}"),
                    404 => Failed("registry.not-found", $"{method} {Http.Shown(url)}: HTTP 404: the registry does not have it"),
                    _ => status is >= 300 and < 400
                        ? Http.Refused(request, status, $"to {Http.Shown(new Uri(url, response.Headers.Location ?? url))}, which is not followed")
                        : Http.Refused(request, response),
                };
            }
        }
    }

    /// <summary>The header that answers a challenge.</summary>
    private async Task<string> AuthorizeAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var secret = credentials is null ? null : (await SecretValue.ReadAsync(host, credentials, $"credentials of {Repository}", ct)).Reveal();
        var shown = secret is null ? null : AuthorizationHeader.Of(secret);
        if (Challenge.Of(response, "Bearer") is not { } challenge)
        {
            return shown ?? throw Failed("registry.unauthorized", "the registry wants a user and a password, and none are given");
        }
        if (secret is not null && !AuthorizationHeader.IsPassword(secret))
        {
            return shown!;
        }
        var url = challenge.TokenUrl();
        // What http would carry is a password, or the token that stands for it.
        if (url is null || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == api.Scheme && url.IsLoopback)))
        {
            throw Failed("registry.answer-invalid", $"it sends us to \"{(url is null ? "" : Http.Shown(url))}\" for a token; expected an https address");
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (shown is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", shown);
        }
        var reply = await host.Http.ExchangeAsync(request, Http.IdleTimeout, 1 << 20, isNear: false, ct);
        if (reply.Status is 401 or 403)
        {
            throw Failed("registry.unauthorized", $"{Http.Shown(url)} gives no token {(shown is null ? "without credentials" : "for the credentials given")}: HTTP {reply.Status}");
        }
        if (reply.Status != 200)
        {
            throw Http.Refused(request, reply.Status, retryAfter: reply.RetryAfter);
        }
        try
        {
            using var json = JsonDocument.Parse(reply.Body);
            if ((json.RootElement.TryGetProperty("token", out var token) || json.RootElement.TryGetProperty("access_token", out token))
                && token.GetString() is { Length: > 0 } text && !text.Any(char.IsControl))
            {
                return $"Bearer {text}";
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Said below: what it is may be half a token.
        }
        throw Failed("registry.answer-invalid", $"{Http.Shown(url)} answered with something that holds no token");
    }

    /// <summary>A failure of this repository.</summary>
    public FailureException Failed(string code, string what) => new(new Failure(code, $"{Repository}: {what}"));
}
