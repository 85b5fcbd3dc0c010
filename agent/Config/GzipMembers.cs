using System.Buffers.Binary;

namespace Slipway.Config;

/// <summary>
/// Unpacks gzip (RFC 1952) strictly: every member's checksum and length are compared, and nothing may follow the last one.
/// The runtime's own gzip stream passes over what is cut off or appended, so the members are walked here.
/// </summary>
internal static class GzipMembers
{
    /// <summary>What <see cref="Unpack"/> says when the limit is passed.</summary>
    public const string TooLarge = "the data unpacks to more than 16 MiB";

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcEntry)];

    /// <summary>The first two bytes of gzip data.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    /// <summary>Unpacks all members, one after the other.</summary>
    /// <param name="packed">The gzip data.</param>
    /// <param name="most">The most bytes to unpack; more is refused, not read.</param>
    /// <param name="wrong">Why there is no result, or null.</param>
    public static ReadOnlyMemory<byte> Unpack(ReadOnlySpan<byte> packed, int most, out string? wrong)
    {
        // The data's last four bytes are the length of its last member.
        var inflater = new Inflater(most, packed.Length < 4 ? 0 : Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(packed[^4..]), (uint)packed.Length * 8u));
        int at = 0;
        do
        {
            if (SkipHeader(packed, at) is not { } body)
            {
                wrong = at == 0 ? "the gzip header is damaged or cut short" : "something that is not gzip follows the gzip data";
                return default;
            }

            int start = inflater.Length;
            at = body;
            bool? well = inflater.Add(packed, ref at);
            if (well != true || packed.Length - at < 8)
            {
                wrong = well is null ? TooLarge : "the gzip data is damaged or cut short";
                return default;
            }

            ReadOnlySpan<byte> member = inflater.Output.Span[start..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(packed[at..]) != Crc(member)
                || BinaryPrimitives.ReadUInt32LittleEndian(packed[(at + 4)..]) != (uint)member.Length)
            {
                wrong = "the gzip data is damaged: its checksum does not match";
                return default;
            }

            at += 8;
        }
        while (at < packed.Length);

        wrong = null;
        return inflater.Output;
    }

    /// <summary>The place after a member's header (RFC 1952 §2.3), or null where there is none.</summary>
    private static int? SkipHeader(ReadOnlySpan<byte> data, int at)
    {
        if (data.Length - at < 18 || !data[at..].StartsWith(Magic) || data[at + 2] != 8 || (data[at + 3] & 0xE0) != 0)
        {
            return null;
        }

        int flags = data[at + 3];
        at += 10;
        if ((flags & 4) != 0)
        {
            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);
        }

        // The file's name, then a comment, each ended by a zero.
        for (int flag = 8; flag <= 16; flag *= 2)
        {
            if ((flags & flag) != 0)
            {
                int zero = at < data.Length ? data[at..].IndexOf((byte)0) : -1;
                if (zero < 0)
                {
                    return null;
                }

                at += zero + 1;
            }
        }

        at += (flags & 2) != 0 ? 2 : 0;
        return at < data.Length ? at : null;
    }

    private static uint CrcEntry(int index)
    {
        uint entry = (uint)index;
        for (int bit = 0; bit < 8; bit++)
        {
            entry = (entry & 1) != 0 ? 0xEDB88320 ^ (entry >> 1) : entry >> 1;
        }

        return entry;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }
}
