using System.Text;
using System.Text.Unicode;

namespace Slipway.Config;

/// <summary>Bytes that must be UTF-8 text.</summary>
internal static class Utf8Text
{
    /// <summary>The text without a byte order mark; null, with a problem at the first wrong byte, when it is not UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> bytes, TextOrigin origin, out Problem? problem)
    {
        problem = null;
        bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        char[] characters = new char[bytes.Length];
        _ = Utf8.ToUtf16(bytes, characters, out int read, out int written, replaceInvalidSequences: false);
        string text = new(characters, 0, written);
        if (read == bytes.Length)
        {
            return text;
        }

        int line = text.Count(c => c == '\n') + 1;
        int column = text.Length - text.LastIndexOf('\n');
        string utf16 = bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble) ? "; it looks like UTF-16" : "";
        problem = new Problem(origin.At(line, column), "", "config.utf8-invalid", $"byte 0x{bytes[read]:x2} is not UTF-8 text{utf16}", "text in UTF-8");
        return null;
    }
}
