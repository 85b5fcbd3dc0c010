using System.Security.Cryptography;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A response body that is hashed as it is read; a server that falls silent or stops early is a transient failure.</summary>
/// <param name="body">The body as it comes.</param>
/// <param name="announced">Content-Length; null when the server gave none.</param>
/// <param name="ct">Ends reads early.</param>
internal sealed class HashedBody(Stream body, long? announced, CancellationToken ct) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
    private long read;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Bytes read so far.</summary>
    public override long Length => read;

    /// <inheritdoc/>
    public override long Position
    {
        get => read;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await Http.ReadAsync(body, buffer, idle, ct);
        hash.AppendData(buffer.Span[..count]);
        read += count;
        if (count == 0 && buffer.Length > 0 && announced is { } length && read < length)
        {
            throw new FailureException(new Failure("http.unreachable", $"the connection ended after {read} of {length} bytes"));
        }
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Reads to the end: a decompressor stops before trailing bytes, the digest counts them.</summary>
    public async Task DrainAsync()
    {
        var rest = new byte[16 * 1024];
        while (await ReadAsync(rest, ct) > 0)
        {
        }
    }

    /// <summary>The digest of all that was read, lower-case hex.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("reads are asynchronous");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            hash.Dispose();
            idle.Dispose();
            body.Dispose();
        }
        base.Dispose(disposing);
    }
}
