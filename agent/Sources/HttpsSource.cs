using System.Security.Cryptography;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>A file of a web server that is known by its digest.</summary>
/// <param name="Url">Where it is, and the SHA-256 of the bytes as they are delivered.</param>
internal sealed record HttpsSource(PinnedUrl Url) : NetworkSource(Url.ToString())
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override async Task<SourceResult> AskAsync(Host host, CancellationToken ct) =>
        await FetchAsync(host, Url, ct) is { } bytes
            ? Decode(bytes, null, Url.Address.ToString())
            : new SourceResult.Absent($"{Url.Address}: HTTP 404");

    /// <summary>The bytes at an address, known to be those of the digest; null where there are none (404).</summary>
    /// <exception cref="FailureException"><c>config.digest-mismatch</c>, or a code of <c>http.</c>.</exception>
    public static async Task<byte[]?> FetchAsync(Host host, PinnedUrl url, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url.Address.Reveal()));
        var reply = await host.Http.ExchangeAsync(request, Within, PayloadDecoder.MaxBytes, isNear: false, ct);
        if (reply.Status == 404)
        {
            return null;
        }
        if (reply.Status != 200)
        {
            throw Http.Refused(request, reply.Status);
        }
        var seen = Convert.ToHexStringLower(SHA256.HashData(reply.Body));
        return seen == url.Sha256 ? reply.Body : throw new FailureException(new Failure("config.digest-mismatch",
            $"{url.Address}: expected sha256 {url.Sha256}, got {seen} ({reply.Body.Length} bytes)"));
    }
}
