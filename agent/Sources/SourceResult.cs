using System.Security.Cryptography;
using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>What asking a source gave. Absent, unreachable and malformed are three different outcomes.</summary>
internal abstract record SourceResult
{
    private SourceResult()
    {
    }

    /// <summary>The source has data for this node.</summary>
    /// <param name="Payloads">What it has, in the order in which it counts.</param>
    /// <param name="Instance">What it says of the machine itself.</param>
    public sealed record Found(IReadOnlyList<Payload> Payloads, InstanceData Instance) : SourceResult
    {
        /// <summary>SHA-256 of the user data, which is the last of the payloads, in lower-case hex.</summary>
        public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Payloads[^1].Bytes.Span));
    }

    /// <summary>The source has nothing for this node.</summary>
    /// <param name="Why">One clause, for the journal.</param>
    public sealed record Absent(string Why) : SourceResult;

    /// <summary>The source could not be asked, which says nothing of whether it has data.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Unreachable(Failure Failure) : SourceResult;

    /// <summary>The source has data that is broken: it stops the boot.</summary>
    /// <param name="Failure">What is wrong with it.</param>
    public sealed record Malformed(Failure Failure) : SourceResult;
}

/// <summary>Decoded bytes of a source.</summary>
/// <param name="Bytes">User data or a document.</param>
/// <param name="Origin">What the operator knows them as, for positions in messages.</param>
internal sealed record Payload(ReadOnlyMemory<byte> Bytes, TextOrigin Origin)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Origin.File} ({Bytes.Length} bytes)";
}
