namespace Slipway.Hosting;

/// <summary>What a server answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The whole body; it may be secret.</param>
internal sealed record HttpReply(int Status, byte[] Body)
{
    /// <summary>How long the server asks to be left alone; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"HTTP {Status} ({Body.Length} bytes)";
}
