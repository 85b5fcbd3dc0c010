using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>
/// The one HTTP client: HTTP/2 where the server speaks it, proxy from the environment, short connects, no silent hangs. Credentials in an
/// address are sent, as Basic, to its server alone.
/// </summary>
/// <param name="reach">What the operator says of the way out; null for as the environment says.</param>
internal sealed class Http(Reach? reach = null) : IDisposable
{
    /// <summary>How long a connection, with TLS, may take to stand.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a server may stay silent, before its answer or in the middle of it.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    // The node's own health endpoints and the link's metadata service are not asked through anybody's proxy, and send nobody elsewhere.
    private readonly Lazy<HttpClient> direct = new(() => new HttpClient(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    });

    private readonly Lazy<HttpClient> client = new(() => Client(reach, follows: true));

    // What a caller adds to a request is a secret or a signature. It is for the server that was named: a redirect would take it to another.
    private readonly Lazy<HttpClient> steady = new(() => Client(reach, follows: false));

    /// <summary>Sends a request and returns once the headers are there; the body streams.</summary>
    /// <remarks>Redirects are followed, but not with headers of the caller's own.</remarks>
    /// <exception cref="FailureException"><c>http.unreachable</c> (transient) or <c>http.refused</c>/<c>http.busy</c> by status.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri url, CancellationToken ct, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        headers?.Invoke(request.Headers);
        return await SendAsync(For(request), request, ct);
    }

    /// <summary>GETs a small text from a server that is known by its cluster's CA, as a client that a certificate names.</summary>
    /// <param name="url">An https URL of the API server.</param>
    /// <param name="authority">The CA that must have signed the server's certificate.</param>
    /// <param name="identity">The client certificate with its key.</param>
    /// <param name="timeout">For the whole exchange.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException">As <see cref="GetAsync"/>.</exception>
    public static async Task<string> GetTextAsync(
        Uri url, X509Certificate2Collection authority, X509Certificate2 identity, TimeSpan timeout, CancellationToken ct)
    {
        using var handler = Handler();
        // The API server of a cluster is on the node's own network: a proxy for downloads is not for it.
        handler.UseProxy = false;
        handler.SslOptions.ClientCertificates = [identity];
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authority);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        try
        {
            using var response = await SendAsync(client, request, deadline.Token);
            return await ReadTextAsync(response, deadline.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("http.unreachable", $"GET {Shown(url)}: no answer within {timeout.TotalSeconds:0} s"));
        }
    }

    /// <summary>Sends a request as it is; any status is an answer, no redirect is followed, and the body streams.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="patience">How long to wait for the headers of the answer, with what is sent before them.</param>
    /// <param name="ct">Ends the call early.</param>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TimeSpan patience, CancellationToken ct) => TransportAsync(steady.Value, request, ct, patience);

    /// <summary>One whole exchange: the status, whichever it is, and the body.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="timeout">For the whole of it.</param>
    /// <param name="most">The longest body that is taken, in bytes.</param>
    /// <param name="isNear">Whether it is asked on the link itself: without a proxy, and no redirect is followed.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>http.unreachable</c>, <c>http.untrusted</c>, <c>http.refused</c> for a redirect that is not followed, or <c>http.too-large</c> for a longer body.</exception>
    public async Task<HttpReply> ExchangeAsync(HttpRequestMessage request, TimeSpan timeout, int most, bool isNear, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        try
        {
            using var response = await TransportAsync(isNear ? direct.Value : For(request), request, deadline.Token);
            if (!isNear)
            {
                RefuseRedirect(request, response);
            }
            return new HttpReply((int)response.StatusCode, await ReadBytesAsync(response, most, deadline.Token)) { RetryAfter = PauseOf(response) };
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("http.unreachable", $"{request.Method} {Shown(request.RequestUri!)}: not answered within {timeout.TotalSeconds:0.#} s"));
        }
    }

    /// <summary>The status of a plain GET on loopback, such as a health endpoint; null when nothing answers.</summary>
    public async Task<int?> ProbeAsync(Uri url, TimeSpan timeout, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        try
        {
            using var response = await direct.Value.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Reads some bytes of a body; a silent server is <c>http.unreachable</c>.</summary>
    /// <returns>How many bytes were read; 0 at the end.</returns>
    public static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationTokenSource idle, CancellationToken ct)
    {
        try
        {
            idle.CancelAfter(IdleTimeout);
            var count = await body.ReadAsync(buffer, idle.Token);
            // What we do with the bytes is not the server's silence.
            idle.CancelAfter(Timeout.InfiniteTimeSpan);
            return count;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("http.unreachable", $"the server sent nothing for {IdleTimeout.TotalSeconds:0} s"));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new FailureException(new Failure("http.unreachable", $"the connection broke: {e.Message}"), e);
        }
    }

    /// <summary>A whole body as text: a secret or a small object, at most 1 MiB.</summary>
    public static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken ct) =>
        System.Text.Encoding.UTF8.GetString(await ReadBytesAsync(response, 1 << 20, ct));

    /// <summary>A whole body of at most so many bytes.</summary>
    public static async Task<byte[]> ReadBytesAsync(HttpResponseMessage response, int most, CancellationToken ct)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await ReadAsync(body, buffer, idle, ct)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > most)
            {
                throw new FailureException(new Failure("http.too-large", $"GET {Shown(response.RequestMessage!.RequestUri!)}: more than {(most < 1 << 20 ? $"{most} bytes" : $"{most >> 20} MiB")}"));
            }
        }
        return bytes.ToArray();
    }

    /// <summary>A URL for messages: without the credentials that a mirror's user name, password or signed query may hold.</summary>
    public static string Shown(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var made in (Lazy<HttpClient>[])[client, steady, direct])
        {
            if (made.IsValueCreated)
            {
                made.Value.Dispose();
            }
        }
    }

    private HttpClient For(HttpRequestMessage request) => (request.Headers.NonValidated.Count > 0 ? steady : client).Value;

    private static HttpClient Client(Reach? reach, bool follows)
    {
        var handler = Handler();
        handler.AllowAutoRedirect = follows;
        handler.Proxy = new ProxyChoice(reach ?? new Reach());
        if (reach?.TrustedCAs is { Length: > 0 } pem)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            policy.CustomTrustStore.AddRange(system.Certificates);
            policy.CustomTrustStore.ImportFromPem(pem);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    // Bodies come as they were sent. That is the default, and it stays unsaid: whatever AutomaticDecompression is set to, setting it
    // links the decompressors, Brotli's compressor with them: 1 MB.
    private static SocketsHttpHandler Handler() => new()
    {
        ConnectTimeout = ConnectTimeout,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        SslOptions = new SslClientAuthenticationOptions(),
    };

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken ct)
    {
        var response = await TransportAsync(client, request, ct);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }
        using var refused = response;
        RefuseRedirect(request, response);
        throw Refused(request, response);
    }

    /// <summary>The failure that a status is.</summary>
    public static FailureException Refused(HttpRequestMessage request, int status, string? reason = null, TimeSpan? retryAfter = null) =>
        // 408, 429 and all 5xx may pass by themselves; any other refusal will be repeated.
        new(new Failure(status is 408 or 429 or >= 500 ? "http.busy" : "http.refused",
            $"{request.Method} {Shown(request.RequestUri!)}: HTTP {status} {reason}".TrimEnd()) { RetryAfter = retryAfter, HttpStatus = status });

    /// <summary>The failure that an answer is, with the time after which its server wants to be asked again.</summary>
    public static FailureException Refused(HttpRequestMessage request, HttpResponseMessage response) =>
        Refused(request, (int)response.StatusCode, response.ReasonPhrase, PauseOf(response));

    private static TimeSpan? PauseOf(HttpResponseMessage response)
    {
        var wish = response.Headers.RetryAfter;
        // The server's own clock says what its date means: ours may not be set yet.
        var pause = wish?.Delta ?? wish?.Date - (response.Headers.Date ?? DateTimeOffset.UtcNow);
        return pause > TimeSpan.Zero ? pause : null;
    }

    // The redirects that come here are those that were not followed.
    private static void RefuseRedirect(HttpRequestMessage request, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is var status and >= 300 and < 400 && response.Headers.Location is { } target)
        {
            throw new FailureException(new Failure("http.refused",
                $"{request.Method} {Shown(request.RequestUri!)}: HTTP {status} to {Shown(new Uri(request.RequestUri!, target))}, which is not followed",
                "If that server is to be trusted with this request, name its address instead."));
        }
    }

    private static async Task<HttpResponseMessage> TransportAsync(HttpClient client, HttpRequestMessage request, CancellationToken ct, TimeSpan? patience = null)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(ct);
        silent.CancelAfter(patience ?? IdleTimeout);
        if (request.RequestUri is { } url && AuthorizationHeader.In(url) is { } own)
        {
            // The client would leave them out. On a redirect it drops this header.
            request.RequestUri = new UriBuilder(url) { UserName = "", Password = "" }.Uri;
            _ = request.Headers.Contains("Authorization") || request.Headers.TryAddWithoutValidation("Authorization", AuthorizationHeader.Of(own));
        }
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silent.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            var missing = silent.IsCancellationRequested ? $"no answer within {(patience ?? IdleTimeout).TotalSeconds:0} s" : "the connection did not stand in time";
            throw new FailureException(new Failure("http.unreachable", $"{request.Method} {Shown(request.RequestUri!)}: {missing}"));
        }
        catch (HttpRequestException e)
        {
            // Of TLS the library's own sentence only says that there is another one within.
            var cause = e.InnerException switch
            {
                AuthenticationException tls => $"TLS: {(tls.InnerException ?? tls).Message}",
                { } inner => $"{e.Message}: {inner.Message}",
                null => e.Message,
            };
            // A certificate that is not valid yet waits for the clock; one of a stranger's stays a stranger's.
            var untrusted = e.InnerException is AuthenticationException && !e.InnerException.Message.Contains("NotTimeValid", StringComparison.Ordinal)
                && e.InnerException.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase);
            throw new FailureException(new Failure(untrusted ? "http.untrusted" : "http.unreachable",
                $"{request.Method} {Shown(request.RequestUri!)}: {cause}"), e);
        }
    }
}
