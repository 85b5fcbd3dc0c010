namespace Slipway.Artifacts;

/// <summary>What one reader of a <see cref="BufferRing"/> gets, as a stream for a decompressor.</summary>
/// <param name="ring">The buffers.</param>
/// <param name="reader">Which of its readers this is.</param>
internal sealed class RingStream(BufferRing ring, int reader) : ForwardStream
{
    private ReadOnlyMemory<byte> rest;
    private bool isHeld;
    private bool ended;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (!Fill())
        {
            return 0;
        }
        var count = Math.Min(buffer.Length, rest.Length);
        rest.Span[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    /// <summary>Passes all that is still to come to somebody, buffer by buffer.</summary>
    public void Rest(Action<ReadOnlyMemory<byte>>? take)
    {
        while (Fill())
        {
            take?.Invoke(rest);
            rest = default;
        }
    }

    private bool Fill()
    {
        if (rest.Length > 0 || ended)
        {
            return !ended;
        }
        if (isHeld)
        {
            ring.Return(reader);
        }
        rest = ring.Take(reader);
        isHeld = rest.Length > 0;
        ended = !isHeld;
        if (ended)
        {
            ring.Return(reader);
        }
        return isHeld;
    }
}
