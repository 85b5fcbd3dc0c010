using System.Text;

namespace Slipway.Config;

/// <summary>
/// Takes a MIME message apart, as forgiving as Python's parser of messages, which is cloud-init's: what that one reads is read,
/// and what is odd about it is said, because nodeadm's reads less. Nothing is decoded here.
/// </summary>
/// <remarks>RFC 2045 and 2046; https://docs.python.org/3/library/email.parser.html</remarks>
internal sealed class MimeReader
{
    /// <summary>How deep parts may nest.</summary>
    public const int MaxDepth = 8;

    /// <summary>How many parts a message may have.</summary>
    public const int MaxParts = 1000;

    private readonly TextOrigin origin;
    private readonly List<MimePart> parts = [];
    private readonly List<Problem> oddities = [];
    private bool? crlf;
    private bool mixed;

    private MimeReader(TextOrigin origin) => this.origin = origin;

    /// <summary>What a message holds.</summary>
    /// <param name="Parts">Its parts in order, nested ones too.</param>
    /// <param name="Oddities">What is not as it should be and was put up with.</param>
    /// <param name="Refused">What could not be put up with; null where nothing.</param>
    /// <param name="IsWhole">Whether it ends as a message must, with the outermost closing boundary.</param>
    internal sealed record Message(IReadOnlyList<MimePart> Parts, IReadOnlyList<Problem> Oddities, Problem? Refused, bool IsWhole);

    /// <summary>Whether bytes are a MIME message: they begin with headers, among them MIME-Version or a multipart type.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes)
    {
        // Where cloud-init looks for the header, too.
        string start = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 4096)]).TrimStart('\u00EF', '\u00BB', '\u00BF').TrimStart('\r', '\n', ' ', '\t');
        foreach (ReadOnlySpan<char> line in start.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            bool mbox = line.StartsWith("From ", StringComparison.Ordinal);
            if (line.Length == 0 || (!mbox && line[0] is not (' ' or '\t') && !MimeHeaders.IsName(line[..Math.Max(0, colon)])))
            {
                return false;
            }

            if (line.StartsWith("mime-version:", StringComparison.OrdinalIgnoreCase)
                || (line.StartsWith("content-type:", StringComparison.OrdinalIgnoreCase)
                    && line[(colon + 1)..].TrimStart().StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a message.</summary>
    /// <param name="bytes">What <see cref="Begins"/> says is one.</param>
    /// <param name="origin">Its name, for positions.</param>
    public static Message Read(ReadOnlyMemory<byte> bytes, TextOrigin origin)
    {
        var reader = new MimeReader(origin);
        bool whole = false;
        Problem? refused = null;
        try
        {
            whole = reader.ReadEntity(bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes, 0, "", 0);
        }
        catch (RefusedException tooMuch)
        {
            refused = tooMuch.Problem;
        }

        return new Message(reader.parts, reader.oddities, refused, whole);
    }

    private bool ReadEntity(ReadOnlyMemory<byte> data, int linesBefore, string number, int depth)
    {
        if (depth > MaxDepth || parts.Count >= MaxParts)
        {
            throw new RefusedException(depth > MaxDepth
                ? new Problem(origin.At(linesBefore + 1, 1), "", "config.too-deep", $"MIME parts are nested more than {MaxDepth} deep")
                : new Problem(origin.At(linesBefore + 1, 1), "", "config.too-large", $"the MIME message has more than {MaxParts} parts"));
        }

        var lines = new ByteLines(data, linesBefore);
        if (number.Length == 0)
        {
            SkipToHeaders(lines);
        }

        MimeHeaders headers = MimeHeaders.Read(lines);
        NoteLineEnd(lines);
        if (number.Length == 0 && headers["MIME-Version"] is null)
        {
            Odd(headers.Line, "the header MIME-Version is missing, without which cloud-init takes this for plain text");
        }

        if (headers.IsBroken)
        {
            Odd(lines.Line + 1, "an empty line is missing between the headers and what follows them");
        }

        string? given = headers["Content-Type"];
        string type = headers.Type;
        if (given is not null && !given.Split(';')[0].Trim().Equals(type, StringComparison.OrdinalIgnoreCase))
        {
            Odd(headers.Line, $"the Content-Type {Quoting.Value(given)} has not the form type/subtype; taken as {type}");
        }

        ReadOnlyMemory<byte> body = data[lines.Next..];
        if (type.StartsWith("multipart/", StringComparison.Ordinal))
        {
            return ReadMultipart(headers, body, lines.Line, number, depth);
        }

        if (type == "message/rfc822")
        {
            return ReadEntity(body, lines.Line, Number(number, 1), depth + 1);
        }

        string encoding = headers["Content-Transfer-Encoding"]?.ToLowerInvariant() ?? "";
        var part = new MimePart(number, type, encoding, body, lines.Line) { MergeType = headers["Merge-Type"] ?? headers["X-Merge-Type"] ?? "" };
        if (!part.IsPlain && encoding is not ("base64" or "quoted-printable" or "x-uuencode" or "uuencode" or "uue" or "x-uue"))
        {
            Odd(headers.Line, $"the Content-Transfer-Encoding {Quoting.Value(encoding)} is not known; the content is taken as it is");
            part = part with { TransferEncoding = "" };
        }

        parts.Add(part);
        return true;
    }

    private void SkipToHeaders(ByteLines lines)
    {
        bool blank = false;
        while (lines.Read(out ReadOnlySpan<byte> line))
        {
            if (line.Trim(" \t"u8).IsEmpty)
            {
                blank = true;
            }
            else if (line.StartsWith("From "u8))
            {
                Odd(lines.Line, "the message begins with the line \"From …\" of a mailbox");
            }
            else
            {
                lines.Unread();
                break;
            }
        }

        if (blank)
        {
            Odd(1, "an empty line stands before the headers, which makes cloud-init and nodeadm take all of it for plain text");
        }
    }

    private bool ReadMultipart(MimeHeaders headers, ReadOnlyMemory<byte> body, int linesBefore, string number, int depth)
    {
        string? boundary = headers.Parameter("boundary", out bool isBare)?.TrimEnd();
        if (isBare && boundary is not null)
        {
            Odd(headers.Line, $"the boundary {Quoting.Value(boundary)} needs quotes: nodeadm does not read it without");
        }

        if (string.IsNullOrEmpty(boundary))
        {
            boundary = GuessBoundary(body, linesBefore);
            Odd(headers.Line, boundary is null ? "the multipart type has no boundary" : "the multipart type has no boundary; it is guessed from the first line that begins with --");
        }

        byte[] separator = Encoding.Latin1.GetBytes("--" + boundary);
        var lines = new ByteLines(body, linesBefore);
        int from = -1;
        int fromLine = 0;
        int count = 0;
        bool closed = false;
        bool after = false;
        while (boundary is not null && lines.Read(out ReadOnlySpan<byte> line))
        {
            if (!line.StartsWith(separator) || line[separator.Length..].Trim(" \t"u8) is var rest && !rest.IsEmpty && !rest.SequenceEqual("--"u8))
            {
                continue;
            }

            if (closed)
            {
                after = true;
                continue;
            }

            NoteLineEnd(lines);
            if (from >= 0 && lines.Start > from)
            {
                // The line end before a boundary is the boundary's.
                ReadEntity(body[from..Math.Max(from, lines.EndBefore)], fromLine, Number(number, ++count), depth + 1);
            }

            closed = !rest.IsEmpty;
            (from, fromLine) = (lines.Next, lines.Line);
        }

        if (from < 0)
        {
            Odd(linesBefore + 1, boundary is null ? "the message has no parts" : $"no line is the boundary that Content-Type declares, {Quoting.Value("--" + boundary)}"
                + (GuessBoundary(body, linesBefore) is { } other ? $"; the first line that looks like one is {Quoting.Value("--" + other)}" : ""));
        }
        else if (after)
        {
            Odd(fromLine, "the closing boundary stands here, and what comes after it is not read, though parts seem to follow");
        }
        else if (!closed)
        {
            bool rest = !body.Span[from..].Trim(" \t\r\n"u8).IsEmpty;
            Odd(rest ? lines.Line : fromLine, rest
                ? "the message ends without its closing boundary: it may have been cut short"
                : "the closing boundary has no -- at its end");
            if (rest)
            {
                ReadEntity(body[from..], fromLine, Number(number, ++count), depth + 1);
            }
        }

        return closed;
    }

    private static string? GuessBoundary(ReadOnlyMemory<byte> body, int linesBefore)
    {
        var lines = new ByteLines(body, linesBefore);
        while (lines.Read(out ReadOnlySpan<byte> line))
        {
            if (line.Length is > 2 and < 200 && line.StartsWith("--"u8))
            {
                return Encoding.Latin1.GetString(line[2..].TrimEnd(" \t"u8));
            }
        }

        return null;
    }

    private static string Number(string outer, int number) => outer.Length > 0 ? $"{outer}.{number}" : $"{number}";

    private void NoteLineEnd(ByteLines lines)
    {
        if (lines.IsCrlf is { } now && crlf is { } before && now != before && !mixed)
        {
            mixed = true;
            Odd(lines.Line, $"this line ends with {(now ? "CR LF" : "LF")}, those before it with {(before ? "CR LF" : "LF")}");
        }

        crlf ??= lines.IsCrlf;
    }

    private void Odd(int line, string what)
    {
        if (oddities.Count < 50)
        {
            oddities.Add(new Problem(origin.At(line, 1), "", "config.mime-odd", what));
        }
    }

    /// <summary>Leaves the message at what is refused; never leaves this class.</summary>
    private sealed class RefusedException(Problem problem) : Exception
    {
        /// <summary>What is refused, and where.</summary>
        public Problem Problem { get; } = problem;
    }
}
