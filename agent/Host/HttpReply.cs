namespace Slipway.Hosting;

/// <summary>What a server answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The whole body; it may be secret.</param>
internal sealed record HttpReply(int Status, byte[] Body)
{
    /// <inheritdoc/>
    public override string ToString() => $"HTTP {Status} ({Body.Length} bytes)";
}
