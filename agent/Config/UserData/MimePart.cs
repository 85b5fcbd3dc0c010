namespace Slipway.Config;

/// <summary>A part of a MIME message that holds content, not other parts.</summary>
/// <param name="Number">Its number, <c>2</c>, or <c>2.1</c> inside another; empty for a message that is one part as a whole.</param>
/// <param name="Type">Its media type in lower case, such as <c>text/cloud-config</c>.</param>
/// <param name="TransferEncoding">Its <c>Content-Transfer-Encoding</c> in lower case; empty where none is given.</param>
/// <param name="Body">Its content as it stands there.</param>
/// <param name="LinesBefore">Lines of the message before the content.</param>
internal sealed record MimePart(string Number, string Type, string TransferEncoding, ReadOnlyMemory<byte> Body, int LinesBefore)
{
    /// <summary>Whether the content stands there as it is.</summary>
    public bool IsPlain => TransferEncoding is "" or "7bit" or "8bit" or "binary";

    /// <summary>How cloud-init is to merge it with the parts before: its header <c>Merge-Type</c>; empty for none.</summary>
    public string MergeType { get; init; } = "";

    /// <summary>What messages call it: <c>part 2</c>.</summary>
    public string Name => Number.Length > 0 ? $"part {Number}" : "its body";

    /// <summary>Undoes the transfer encoding, and gzip below it.</summary>
    public DecodeResult Decode() => TransferEncoding switch
    {
        "base64" => PayloadDecoder.Decode(Body, "base64"),
        "quoted-printable" => PayloadDecoder.Decode(FromQuotedPrintable(Body.Span), ""),
        "x-uuencode" or "uuencode" or "uue" or "x-uue" => new DecodeResult.Undecodable(new Reporting.Failure(
            "config.encoding-unknown", $"the Content-Transfer-Encoding {TransferEncoding} is not read; use base64 or quoted-printable")),
        _ => PayloadDecoder.Decode(Body, ""),
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}, {Type}, {Body.Length} bytes";

    // RFC 2045 §6.7; what is no escape stays as it is.
    private static ReadOnlyMemory<byte> FromQuotedPrintable(ReadOnlySpan<byte> text)
    {
        byte[] plain = new byte[text.Length];
        int length = 0;
        for (int at = 0; at < text.Length;)
        {
            ReadOnlySpan<byte> rest = text[at..];
            int taken = 1;
            int kept = 1;
            if (rest[0] == '=' && rest.Length >= 3 && char.IsAsciiHexDigit((char)rest[1]) && char.IsAsciiHexDigit((char)rest[2]))
            {
                plain[length++] = Convert.FromHexString([(char)rest[1], (char)rest[2]])[0];
                (taken, kept) = (3, 0);
            }
            else if (rest[0] is (byte)'=' or (byte)' ' or (byte)'\t')
            {
                // Blanks before a line end are the transport's; "=" before one takes the line end away.
                int blanks = rest[1..].IndexOfAnyExcept((byte)' ', (byte)'\t');
                taken = blanks < 0 ? rest.Length : 1 + blanks;
                ReadOnlySpan<byte> after = rest[taken..];
                bool lineEnds = after.IsEmpty || after[0] is (byte)'\n' or (byte)'\r';
                kept = lineEnds ? 0 : taken;
                if (lineEnds && rest[0] == '=')
                {
                    taken += after.StartsWith("\r\n"u8) ? 2 : Math.Min(1, after.Length);
                }
            }

            rest[..kept].CopyTo(plain.AsSpan(length));
            length += kept;
            at += taken;
        }

        return plain.AsMemory(0, length);
    }
}
