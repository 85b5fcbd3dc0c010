using System.Buffers.Binary;
using System.Text;

namespace Slipway.Hosting;

/// <summary>One connection to a VMX: requests and replies take turns on it, a packet each way.</summary>
/// <param name="stream">The connection; closed with the channel.</param>
/// <param name="clock">Time.</param>
/// <param name="patience">How long a reply may take, to its last byte.</param>
internal sealed class RpciChannel(Stream stream, TimeProvider clock, TimeSpan patience) : IDisposable
{
    private const int EAGAIN = 11;

    /// <summary>Sends a command and gives the reply's payload, as it came: <c>1 value</c> or <c>0 error</c>.</summary>
    /// <exception cref="RpciException">For everything that is not a reply. The channel is of no use any more.</exception>
    public async Task<byte[]> AskAsync(string command, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        var hasBegun = false;
        try
        {
            await stream.WriteAsync(DataMap.Encode(Encoding.UTF8.GetBytes(command)), either.Token);
            var length = new byte[4];
            if (await stream.ReadAsync(length.AsMemory(0, 1), either.Token) == 0)
            {
                throw new RpciException("the hypervisor closed the connection instead of answering", isClosed: true);
            }
            hasBegun = true;
            await stream.ReadExactlyAsync(length.AsMemory(1), either.Token);
            var size = BinaryPrimitives.ReadUInt32BigEndian(length);
            if (size is 0 or > DataMap.MostBytes)
            {
                throw new RpciException($"the hypervisor announced a packet of {size} bytes");
            }
            var fields = new byte[size];
            await stream.ReadExactlyAsync(fields, either.Token);
            return DataMap.Payload(fields, out var wrong) ?? throw new RpciException($"the hypervisor sent a broken packet: {wrong}");
        }
        catch (EndOfStreamException)
        {
            throw new RpciException("the connection ended inside a packet");
        }
        // A socket with a receive timeout says so with EAGAIN.
        catch (Exception e) when ((e is OperationCanceledException && !ct.IsCancellationRequested) || e is IOException { HResult: EAGAIN })
        {
            throw new RpciException($"the hypervisor did not answer within {patience.TotalSeconds:0.#} s");
        }
        catch (IOException e)
        {
            throw new RpciException($"the connection broke: {e.Message}", isClosed: !hasBegun);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}

/// <summary>An exchange with the hypervisor that did not come to a reply.</summary>
/// <param name="what">What happened, one clause.</param>
/// <param name="isClosed">Whether the other side closed between two replies: on another connection the same request may do.</param>
internal sealed class RpciException(string what, bool isClosed = false) : Exception(what)
{
    /// <summary>Whether the connection was closed before the reply began.</summary>
    public bool IsClosed { get; } = isClosed;
}
