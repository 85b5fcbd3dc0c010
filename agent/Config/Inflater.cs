using System.Buffers.Binary;

namespace Slipway.Config;

/// <summary>
/// Unpacks DEFLATE data (RFC 1951) into one buffer. The runtime's own stream does not tell where the data ends, passes over what
/// is cut off, and costs a native state for each member; here a hostile input costs no more than its length and the limit.
/// </summary>
/// <param name="most">The most bytes to unpack.</param>
/// <param name="expected">How many bytes the data says it unpacks to; only a hint.</param>
internal sealed class Inflater(int most, uint expected)
{
    private const int LongestMatch = 258;

    private static readonly byte[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly ushort[] LengthBase =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    private static readonly HuffmanCode FixedLiterals = Fixed(isLiterals: true);
    private static readonly HuffmanCode FixedDistances = Fixed(isLiterals: false);

    private readonly HuffmanCode literals = new();
    private readonly HuffmanCode distances = new();
    private byte[] output = new byte[Math.Min((uint)most, expected) + LongestMatch];
    private ulong buffer;
    private int bits;
    private int next;

    /// <summary>What was unpacked so far.</summary>
    public ReadOnlyMemory<byte> Output => output.AsMemory(0, Length);

    /// <summary>How many bytes were unpacked so far.</summary>
    public int Length { get; private set; }

    /// <summary>Unpacks one stream and adds it to the output.</summary>
    /// <param name="input">The data, with whatever follows it.</param>
    /// <param name="at">Where the stream begins; afterwards where it ended.</param>
    /// <returns>True when all is well, false for damaged data, null where the limit was passed.</returns>
    public bool? Add(ReadOnlySpan<byte> input, ref int at)
    {
        (buffer, bits, next) = (0, 0, at);
        int start = Length;
        bool? well;
        bool last;
        do
        {
            last = Take(input, 1) == 1;
            well = Take(input, 2) switch
            {
                0 => Stored(input),
                1 => Compressed(input, start, FixedLiterals, FixedDistances),
                2 when ReadCodes(input) => Compressed(input, start, literals, distances),
                _ => false,
            };
        }
        while (well == true && !last && bits >= 0);

        at = next - Math.Max(0, bits / 8);
        return bits < 0 ? false : well;
    }

    private void Fill(ReadOnlySpan<byte> input)
    {
        while (bits <= 56 && next < input.Length)
        {
            buffer |= (ulong)input[next++] << bits;
            bits += 8;
        }
    }

    /// <summary>The next bits; beyond the end zeros, and <see cref="bits"/> below zero tells.</summary>
    private int Take(ReadOnlySpan<byte> input, int count)
    {
        if (bits < count)
        {
            Fill(input);
        }

        int value = (int)(buffer & ((1u << count) - 1));
        buffer >>= count;
        bits -= count;
        return value;
    }

    private bool? Stored(ReadOnlySpan<byte> input)
    {
        Take(input, bits & 7);
        int from = next - (bits / 8);
        (buffer, bits) = (0, 0);
        if (input.Length - from < 4)
        {
            return false;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(input[from..]);
        from += 4;
        if (count != (ushort)~BinaryPrimitives.ReadUInt16LittleEndian(input[(from - 2)..]) || input.Length - from < count)
        {
            return false;
        }

        if (Length + count > most)
        {
            return null;
        }

        Reserve(count);
        input.Slice(from, count).CopyTo(output.AsSpan(Length));
        Length += count;
        next = from + count;
        return true;
    }

    private static HuffmanCode Fixed(bool isLiterals)
    {
        Span<byte> lengths = stackalloc byte[288];
        lengths.Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        Span<byte> distances = stackalloc byte[30];
        distances.Fill(5);
        var code = new HuffmanCode();
        code.Set(isLiterals ? lengths : distances);
        return code;
    }

    private bool ReadCodes(ReadOnlySpan<byte> input)
    {
        int literalCount = Take(input, 5) + 257;
        int distanceCount = Take(input, 5) + 1;
        int orderCount = Take(input, 4) + 4;
        Span<byte> lengths = stackalloc byte[320];
        lengths.Clear();
        for (int i = 0; i < orderCount; i++)
        {
            lengths[LengthOrder[i]] = (byte)Take(input, 3);
        }

        if (literalCount > 286 || distanceCount > 30 || !literals.Set(lengths[..19]) || literals.IsIncomplete)
        {
            return false;
        }

        lengths.Clear();
        int total = literalCount + distanceCount;
        for (int i = 0; i < total;)
        {
            Fill(input);
            int symbol = Symbol(literals);
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            byte repeated = symbol == 16 && i > 0 ? lengths[i - 1] : (byte)0;
            int count = symbol switch { 16 => 3 + Take(input, 2), 17 => 3 + Take(input, 3), _ => 11 + Take(input, 7) };
            if (i + count > total || (symbol == 16 && i == 0) || bits < 0)
            {
                return false;
            }

            lengths.Slice(i, count).Fill(repeated);
            i += count;
        }

        // An incomplete code is right only where it is a single one.
        return bits >= 0 && lengths[256] != 0 && literals.Set(lengths[..literalCount]) && !(literals.IsIncomplete && !literals.IsSingle)
            && distances.Set(lengths[literalCount..total]) && !(distances.IsIncomplete && !distances.IsSingle);
    }

    private bool? Compressed(ReadOnlySpan<byte> input, int start, HuffmanCode literals, HuffmanCode distances)
    {
        while (true)
        {
            // The longest symbol with all that belongs to it has 48 bits.
            if (bits < 48)
            {
                Fill(input);
            }

            int symbol = Symbol(literals);
            if (bits < 0)
            {
                return false;
            }

            if (symbol < 256)
            {
                if (symbol < 0 || Length >= most)
                {
                    return symbol < 0 ? false : null;
                }

                if (Length == output.Length)
                {
                    Reserve(1);
                }

                output[Length++] = (byte)symbol;
                continue;
            }

            if (symbol == 256)
            {
                return true;
            }

            symbol -= 257;
            if (symbol >= LengthBase.Length)
            {
                return false;
            }

            int count = LengthBase[symbol] + Take(input, LengthExtra[symbol]);
            int distance = Symbol(distances);
            if (distance is < 0 or > 29)
            {
                return false;
            }

            int extra = distance < 2 ? 0 : (distance / 2) - 1;
            distance = distance < 2 ? distance + 1 : ((2 + (distance & 1)) << extra) + 1 + Take(input, extra);
            if (bits < 0 || distance > Length - start)
            {
                return false;
            }

            if (Length + count > most)
            {
                return null;
            }

            Reserve(count);
            Repeat(distance, count);
        }
    }

    private void Repeat(int distance, int count)
    {
        Span<byte> into = output.AsSpan(Length, count);
        if (distance >= count)
        {
            output.AsSpan(Length - distance, count).CopyTo(into);
        }
        else if (distance == 1)
        {
            into.Fill(output[Length - 1]);
        }
        else
        {
            // What is copied may be what was copied just now.
            ReadOnlySpan<byte> from = output.AsSpan(Length - distance, count);
            for (int i = 0; i < count; i++)
            {
                into[i] = from[i];
            }
        }

        Length += count;
    }

    private void Reserve(int count)
    {
        if (output.Length - Length < count)
        {
            Array.Resize(ref output, Math.Min(Math.Max(4096, output.Length * 2), most + LongestMatch));
        }
    }

    /// <summary>The next symbol of a code; -1 where no symbol has these bits.</summary>
    private int Symbol(HuffmanCode codes)
    {
        int entry = codes.Fast[buffer & ((1 << HuffmanCode.FastBits) - 1)];
        if (entry == 0)
        {
            entry = codes.Follow(buffer);
            if (entry < 0)
            {
                return -1;
            }
        }

        buffer >>= entry & 15;
        bits -= entry & 15;
        return entry >> 4;
    }
}
