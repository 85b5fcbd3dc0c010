namespace Slipway.Config;

/// <summary>Reads bytes line by line. A line ends with LF, CRLF or CR, as Python's parser of messages has it.</summary>
/// <param name="data">The bytes.</param>
/// <param name="linesBefore">How many lines of the whole stand before them.</param>
internal sealed class ByteLines(ReadOnlyMemory<byte> data, int linesBefore)
{
    /// <summary>Where the next line begins.</summary>
    public int Next { get; private set; }

    /// <summary>Where the line read last began.</summary>
    public int Start { get; private set; }

    /// <summary>Where the line before the one read last ended, its line end not counted.</summary>
    public int EndBefore { get; private set; }

    /// <summary>The number of the line read last, counted from 1 in the whole.</summary>
    public int Line { get; private set; } = linesBefore;

    /// <summary>Whether the line read last ended with CRLF (true) or LF (false); null for CR and at the end of the data.</summary>
    public bool? IsCrlf { get; private set; }

    private int end;

    /// <summary>Reads the next line, without its line end.</summary>
    public bool Read(out ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = data.Span[Next..];
        (EndBefore, Start) = (end, Next);
        if (rest.IsEmpty)
        {
            line = rest;
            return false;
        }

        int length = rest.IndexOfAny((byte)'\r', (byte)'\n');
        line = length < 0 ? rest : rest[..length];
        rest = rest[line.Length..];
        int mark = rest.StartsWith("\r\n"u8) ? 2 : rest.IsEmpty ? 0 : 1;
        IsCrlf = mark == 2 ? true : rest.StartsWith("\n"u8) ? false : null;
        end = Next + line.Length;
        Next = end + mark;
        Line++;
        return true;
    }

    /// <summary>Lets the line read last be read again.</summary>
    public void Unread()
    {
        (Next, end) = (Start, EndBefore);
        Line--;
    }
}
