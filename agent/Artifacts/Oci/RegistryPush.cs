using System.Net;
using System.Net.Http.Headers;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts.Oci;

/// <summary>Puts blobs and manifests into a repository.</summary>
/// <param name="registry">The repository.</param>
internal sealed class RegistryPush(RegistryClient registry)
{
    // What the slowest line that is of use sends in a second.
    private const int SlowestBytesPerSecond = 64 * 1024;

    /// <summary>Uploads a blob in one piece, unless it is there. The registry computes the digest of what arrives, and keeps nothing else.</summary>
    /// <param name="sha256">Its digest, lower-case hex.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="open">Opens it at its start; again where it is sent anew.</param>
    /// <param name="ct">Ends the upload early.</param>
    /// <returns>False when it was there.</returns>
    /// <exception cref="FailureException"><c>registry.*</c> or <c>http.*</c>.</exception>
    public async Task<bool> BlobAsync(string sha256, long length, Func<Stream> open, CancellationToken ct)
    {
        try
        {
            using var there = await registry.AskAsync(HttpMethod.Head, $"blobs/sha256:{sha256}", null, ct);
            return false;
        }
        catch (FailureException e) when (e.Failure.Code == "registry.not-found")
        {
            // Then it is sent.
        }
        using var begun = await registry.AskAsync(HttpMethod.Post, "blobs/uploads/", request => request.Content = new ByteArrayContent([]), ct);
        var place = begun.Headers.Location?.OriginalString ?? throw registry.Failed("registry.answer-invalid", "it takes an upload and does not say where");
        using var done = await registry.AskAsync(HttpMethod.Put, $"{place}{(place.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest=sha256:{sha256}", request =>
        {
            request.Content = new Upload(open(), length);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }, ct, Http.IdleTimeout + TimeSpan.FromSeconds(length / SlowestBytesPerSecond));
        return true;
    }

    /// <summary>Puts a manifest, whose blobs must be there.</summary>
    /// <param name="reference">A tag, or <c>sha256:HEX</c>.</param>
    /// <param name="type">Its media type.</param>
    /// <param name="manifest">Its bytes.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>registry.*</c> or <c>http.*</c>.</exception>
    public async Task ManifestAsync(string reference, string type, byte[] manifest, CancellationToken ct)
    {
        using var done = await registry.AskAsync(HttpMethod.Put, $"manifests/{reference}", request =>
        {
            request.Content = new ByteArrayContent(manifest);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }, ct);
    }

    /// <summary>A body of known length whose stream stays its owner's.</summary>
    private sealed class Upload(Stream content, long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => content.CopyToAsync(stream);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            content.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
