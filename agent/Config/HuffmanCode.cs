namespace Slipway.Config;

/// <summary>A Huffman code of DEFLATE (RFC 1951 §3.2): canonical, so that the lengths of its symbols are all there is to know.</summary>
internal sealed class HuffmanCode
{
    /// <summary>Codes of up to this many bits, nearly all of them, are looked up at once; longer ones are followed bit by bit.</summary>
    public const int FastBits = 10;

    private readonly int[] counts = new int[16];
    private readonly ushort[] symbols = new ushort[288];

    /// <summary>For the bits that come next: the symbol, shifted left by four, and its length; 0 where it is longer than these bits, or there is none.</summary>
    public ushort[] Fast { get; } = new ushort[1 << FastBits];

    /// <summary>Whether some sequences of bits mean nothing.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Whether there is no more than one symbol, of one bit.</summary>
    public bool IsSingle { get; private set; }

    /// <summary>Takes the lengths of all symbols; false where more codes are asked for than there are.</summary>
    public bool Set(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(counts);
        Array.Clear(Fast);
        foreach (byte length in lengths)
        {
            counts[length]++;
        }

        Span<int> codes = stackalloc int[16];
        Span<int> places = stackalloc int[16];
        int left = 1;
        int used = lengths.Length - counts[0];
        counts[0] = 0;
        for (int length = 1; length < 16; length++)
        {
            left = (left << 1) - counts[length];
            if (left < 0)
            {
                return false;
            }

            codes[length] = (codes[length - 1] + counts[length - 1]) << 1;
            places[length] = places[length - 1] + counts[length - 1];
        }

        IsIncomplete = left > 0;
        IsSingle = used == counts[1];
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length > 0)
            {
                symbols[places[length]++] = (ushort)symbol;
                Enter(symbol, length, codes[length]++);
            }
        }

        return true;
    }

    /// <summary>The symbol of a long code, in the form of <see cref="Fast"/>; -1 where there is none.</summary>
    public int Follow(ulong bits)
    {
        int code = 0;
        int first = 0;
        int index = 0;
        for (int length = 1; length < 16; length++)
        {
            code |= (int)(bits & 1);
            bits >>= 1;
            if (code - counts[length] < first)
            {
                return (symbols[index + code - first] << 4) | length;
            }

            index += counts[length];
            first = (first + counts[length]) << 1;
            code <<= 1;
        }

        return -1;
    }

    private void Enter(int symbol, int length, int code)
    {
        if (length > FastBits)
        {
            return;
        }

        // Codes come with their first bit in front, bits with their first one at the end.
        int reversed = 0;
        for (int bit = 0; bit < length; bit++)
        {
            reversed |= ((code >> bit) & 1) << (length - 1 - bit);
        }

        for (int place = reversed; place < Fast.Length; place += 1 << length)
        {
            Fast[place] = (ushort)((symbol << 4) | length);
        }
    }
}
