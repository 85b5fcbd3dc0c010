using System.Text;
using System.Text.Unicode;

namespace Slipway.Config;

/// <summary>Bytes that must be UTF-8 text.</summary>
internal static class Utf8Text
{
    /// <summary>The text without a byte order mark; null, with a problem at the first wrong byte, when it is not UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes, TextOrigin origin, out Problem? problem)
    {
        problem = Check(bytes, origin);
        // Looked at first and decoded once: a large text is not in memory twice.
        return problem is null ? Encoding.UTF8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes) : null;
    }

    /// <summary>What is wrong with the first byte that is not UTF-8; null where all are.</summary>
    public static Problem? Check(ReadOnlySpan<byte> bytes, TextOrigin origin)
    {
        if (Utf8.IsValid(bytes))
        {
            return null;
        }

        char[] few = new char[256];
        int line = 1;
        int column = 1;
        int at = 0;
        System.Buffers.OperationStatus status;
        do
        {
            status = Utf8.ToUtf16(bytes[at..], few, out int read, out int written, replaceInvalidSequences: false);
            foreach (char c in few.AsSpan(0, written))
            {
                (line, column) = c == '\n' ? (line + 1, 1) : (line, column + 1);
            }

            at += read;
        }
        while (status == System.Buffers.OperationStatus.DestinationTooSmall);

        string utf16 = bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble) ? "; it looks like UTF-16" : "";
        return new Problem(origin.At(line, column), "", "config.utf8-invalid", $"byte 0x{bytes[at]:x2} is not UTF-8 text{utf16}", "text in UTF-8");
    }
}
