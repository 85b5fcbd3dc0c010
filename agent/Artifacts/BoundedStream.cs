namespace Slipway.Artifacts;

/// <summary>A decompressed archive that must not grow without end: what it holds is not vouched for before its last byte is there.</summary>
/// <param name="plain">The bytes.</param>
internal sealed class BoundedStream(Stream plain) : ForwardStream
{
    /// <summary>The largest release archives hold some hundred MiB.</summary>
    private const long MostInAll = 4L << 30;

    /// <summary>A header with its long names and attributes; the library would take gigabytes of them into memory.</summary>
    private const long MostOfHeader = 1 << 20;

    private long left = MostInAll;
    private long now;

    /// <summary>What is read next is a header.</summary>
    public void ExpectHeader() => now = MostOfHeader;

    /// <summary>What is read next is the content of an entry.</summary>
    public void ExpectContent() => now = long.MaxValue;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = plain.Read(buffer);
        left -= count;
        now -= count;
        return left >= 0 && now >= 0 ? count : throw new InvalidDataException(left < 0
            ? $"it holds more than {MostInAll >> 30} GiB"
            : $"a header in it is longer than {MostOfHeader >> 10} KiB");
    }
}
