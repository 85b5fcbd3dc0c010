using System.Net;
using System.Security.Cryptography;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts.Oci;

/// <summary>A blob as it comes from a registry: a connection that breaks is taken up again where it was, and the last byte is not given out before the digest is right.</summary>
/// <param name="host">The outside world.</param>
/// <param name="registry">The repository.</param>
/// <param name="sha256">The digest that it must have, lower-case hex.</param>
/// <param name="size">Its bytes.</param>
/// <param name="deadline">For each break.</param>
internal sealed class RegistryBlob(Host host, RegistryClient registry, string sha256, long size, TimeSpan deadline) : ForwardStream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private HttpResponseMessage? response;
    private CancellationTokenSource? idle;
    private Stream? body;
    private string? validator;
    private long at;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var most = buffer[..(int)Math.Min(buffer.Length, size - at)];
        var read = most.Length == 0 ? 0 : await new Retry(deadline).RunAsync($"read sha256:{sha256} from {registry.Repository}", host.Clock, host.Log,
            (_, token) => ReadOnceAsync(most, token), cancellationToken);
        hash.AppendData(buffer.Span[..read]);
        at += read;
        if (at == size && Convert.ToHexStringLower(hash.GetCurrentHash()) is var seen && seen != sha256)
        {
            throw new FailureException(new Failure("artifact.digest-mismatch", $"{registry.Repository}: expected sha256 {sha256}, got {seen} ({size} bytes); nothing was kept"));
        }
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            if (body is null)
            {
                response = await registry.GetBlobAsync(sha256, at, validator, ct);
                if (response.StatusCode == HttpStatusCode.PartialContent && !IsRest(response))
                {
                    // Another part than was asked for is of no use.
                    response.Dispose();
                    response = await registry.GetBlobAsync(sha256, 0, null, ct);
                }
                validator = HttpFile.ValidatorOf(response);
                idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
                body = await response.Content.ReadAsStreamAsync(ct);
                // A server that knows no ranges begins anew.
                var rest = new byte[64 * 1024];
                for (var skip = IsRest(response) ? 0 : at; skip > 0;)
                {
                    skip -= await Http.ReadAsync(body, rest.AsMemory(0, (int)Math.Min(rest.Length, skip)), idle, ct) is > 0 and var skipped ? skipped : throw Broken();
                }
            }
            return await Http.ReadAsync(body, buffer, idle!, ct) is > 0 and var read ? read : throw Broken();
        }
        catch (FailureException)
        {
            Break();
            throw;
        }

        FailureException Broken() => new(new Failure("http.unreachable", $"{registry.Repository}: the connection ended after {at} of {size} bytes of sha256:{sha256}"));
    }

    private bool IsRest(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.PartialContent
        && answer.Content.Headers.ContentRange is { } range && range.From == at && (range.Length ?? size) == size;

    private void Break()
    {
        response?.Dispose();
        idle?.Dispose();
        (response, body, idle) = (null, null, null);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => throw new NotSupportedException("reads are asynchronous");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Break();
            hash.Dispose();
        }
        base.Dispose(disposing);
    }
}
