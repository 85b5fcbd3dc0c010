using System.Text;

namespace Slipway.Config;

/// <summary>The headers of a MIME message or part: folded lines joined, names in any case, the first of two counts.</summary>
internal sealed class MimeHeaders
{
    // RFC 2045 §5.1: what stands in a parameter only in quotes.
    private static readonly System.Buffers.SearchValues<char> NeedsQuotes = System.Buffers.SearchValues.Create("()<>@,;:\\\"/[]?= ");

    private readonly List<Field> fields = [];

    /// <summary>The line of <c>Content-Type</c>, or of the first header; counted from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Whether a line stood among the headers that is none: the body was taken to begin there.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>A header's value, trimmed; null where there is no such header.</summary>
    public string? this[string name] => fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value.Trim();

    /// <summary>
    /// The media type in lower case, fit for messages; <c>text/plain</c>, as RFC 2045 §5.2 says, where none is given or it has no such form,
    /// and <c>multipart/mixed</c> where it begins as one of several parts.
    /// </summary>
    public string Type => this["Content-Type"]?.Split(';')[0].Trim().ToLowerInvariant() is not { } type ? "text/plain"
        : type.Length <= MaxType && IsName(type) && type.AsSpan().Count('/') == 1 && !Quoting.LooksSecret(type) ? type
        : type.StartsWith("multipart/", StringComparison.Ordinal) ? "multipart/mixed" : "text/plain";

    /// <summary>Reads headers up to the empty line, or up to a line that is none.</summary>
    /// <param name="lines">Stands afterwards at the body.</param>
    public static MimeHeaders Read(ByteLines lines)
    {
        var headers = new MimeHeaders { Line = lines.Line + 1 };
        while (lines.Read(out ReadOnlySpan<byte> line) && line.Length > 0)
        {
            string text = Encoding.Latin1.GetString(line);
            int colon = text.AsSpan().IndexOf(':');
            if (text[0] is ' ' or '\t' && headers.fields is [.., var last])
            {
                headers.fields[^1] = last with { Value = last.Value.Length > MaxValue ? last.Value : last.Value + text };
            }
            else if (IsName(text.AsSpan(0, Math.Max(0, colon))) && headers.fields.Count < MaxFields)
            {
                headers.fields.Add(new(text[..colon], text[(colon + 1)..]));
                headers.Line = headers.fields[^1].Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) ? lines.Line : headers.Line;
            }
            else
            {
                headers.IsBroken = true;
                lines.Unread();
                break;
            }
        }

        return headers;
    }

    // No real message comes near; joining lines and looking through fields without a bound would be a hostile one's to use.
    private const int MaxValue = 64 * 1024;
    private const int MaxFields = 1000;

    // RFC 6838 §4.2: 127 characters either side of the slash.
    private const int MaxType = 255;

    /// <summary>Whether a text can be a header's name (RFC 5322 §2.2): printable, without blanks and colons.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('!', '~') < 0;

    /// <summary>
    /// A parameter of <c>Content-Type</c>: quoted or not, in one piece or several, percent-encoded or not (RFC 2231).
    /// </summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="isBare">Whether it stands there without the quotes that its characters need.</param>
    public string? Parameter(string name, out bool isBare)
    {
        isBare = false;
        string value = this["Content-Type"] ?? "";
        // The first is the whole value, those after it the numbered pieces of one that is split.
        string?[] pieces = new string?[64];
        for (int at = value.AsSpan().IndexOf(';'); at >= 0 && at < value.Length;)
        {
            int end = EndOfParameter(value, ++at);
            string parameter = value[at..end];
            at = end;
            int equals = parameter.AsSpan().IndexOf('=');
            string key = equals < 0 ? "" : parameter[..equals].Trim();
            if (!key.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            string text = parameter[(equals + 1)..].Trim();
            bool quoted = text is ['"', .., '"'];
            text = quoted ? Unquoted(text[1..^1]) : text;
            string rest = key[name.Length..];
            bool encoded = rest.EndsWith('*');
            rest = encoded ? rest[..^1] : rest;
            int number = rest.Length == 0 ? -1 : rest[0] == '*' && byte.TryParse(rest.AsSpan(1), out byte given) ? given : pieces.Length;
            if (number + 1 < pieces.Length)
            {
                // The first piece names a character set and a language before the text: utf-8'en'text.
                text = encoded && number <= 0 && text.Split('\'', 3) is [_, _, var third] ? third : text;
                isBare |= !quoted && !encoded && text.AsSpan().IndexOfAny(NeedsQuotes) >= 0;
                pieces[number + 1] ??= encoded ? Uri.UnescapeDataString(text) : text;
            }
        }

        return pieces[0] ?? (pieces[1] is null ? null : string.Concat(pieces));
    }

    private static int EndOfParameter(string value, int from)
    {
        bool quoted = false;
        for (int i = from; i < value.Length; i++)
        {
            if (value[i] == '\\' && quoted)
            {
                i++;
            }
            else if (value[i] == '"')
            {
                quoted = !quoted;
            }
            else if (value[i] == ';' && !quoted)
            {
                return i;
            }
        }

        return value.Length;
    }

    private static string Unquoted(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] == '\\' && i + 1 < text.Length ? text[++i] : text[i]);
        }

        return plain.ToString();
    }

    private sealed record Field(string Name, string Value);
}
