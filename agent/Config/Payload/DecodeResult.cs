using Slipway.Reporting;

namespace Slipway.Config;

/// <summary>What came of decoding a payload: <see cref="Decoded"/> or <see cref="Undecodable"/>.</summary>
internal abstract record DecodeResult
{
    private DecodeResult()
    {
    }

    /// <summary>The payload itself.</summary>
    /// <param name="Bytes">The bytes after every layer of encoding; a UTF-8 byte order mark is dropped.</param>
    /// <param name="Warnings">Oddities that were put up with, a sentence each.</param>
    internal sealed record Decoded(ReadOnlyMemory<byte> Bytes, IReadOnlyList<string> Warnings) : DecodeResult
    {
        /// <summary>The size alone: the bytes may be secret.</summary>
        public override string ToString() => $"{Bytes.Length} bytes";
    }

    /// <summary>The payload is not what its encoding says.</summary>
    /// <param name="Failure">Why, with a code <c>config.…</c>.</param>
    internal sealed record Undecodable(Failure Failure) : DecodeResult;
}
