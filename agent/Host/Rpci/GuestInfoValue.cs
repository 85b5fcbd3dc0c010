using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>What asking for a guestinfo key gave. That it could not be read is never taken for its absence.</summary>
internal abstract record GuestInfoValue
{
    private GuestInfoValue()
    {
    }

    /// <summary>The key has a value.</summary>
    /// <param name="Bytes">The value without white space at its end; never empty.</param>
    public sealed record Is(byte[] Bytes) : GuestInfoValue
    {
        /// <summary>Whether it is <c>---</c>, which stands in the place of a value that was removed after use.</summary>
        public bool IsRedacted => Bytes.AsSpan().SequenceEqual("---"u8);

        /// <summary>The size alone: the value may be secret.</summary>
        public override string ToString() => $"{Bytes.Length} bytes";
    }

    /// <summary>The key is not set, or blank. What a write that succeeded gives, too.</summary>
    public sealed record None : GuestInfoValue;

    /// <summary>It could not be read.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="IsNobody">Whether there is nobody to ask: not a VMware guest, or none that anything says of.</param>
    public sealed record Unknown(Failure Failure, bool IsNobody) : GuestInfoValue;
}
