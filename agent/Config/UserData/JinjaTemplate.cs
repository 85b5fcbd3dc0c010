using System.Globalization;
using System.Text;

namespace Slipway.Config;

/// <summary>
/// Renders the little of jinja that user data for nodes needs: values of the metadata. What it cannot render leaves a mark in
/// the text, and it matters only where a document holds the mark: the template is cloud-init's, not ours.
/// </summary>
/// <remarks>https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html</remarks>
internal sealed class JinjaTemplate
{
    /// <summary>What can be rendered, for messages.</summary>
    public const string Supported = "{{ ds.meta_data.KEY }}, {{ v1.KEY }} or a bare key of v1 such as {{ local_hostname }}";

    // Of Unicode's private use area, which no text for others holds.
    private const char Mark = '\uE000';
    private const char MarkEnd = '\uE001';
    // A hostile template could have one for each line, and every place would be looked up among them.
    private const int MostPieces = 5000;

    private readonly string text;
    private readonly TextOrigin origin;
    private readonly InstanceData instance;
    private readonly StringBuilder output = new();
    private readonly List<TextPiece> pieces = [];
    private readonly List<JinjaGap> gaps = [];
    private readonly Stack<JinjaGap> open = new();
    private int at;
    private int line = 1;
    private int lineStart;
    private int outLine = 1;
    private int shift;
    private bool lineIsEmpty = true;

    private JinjaTemplate(string text, TextOrigin origin, InstanceData instance)
    {
        this.text = text;
        this.origin = origin;
        this.instance = instance;
    }

    /// <summary>A template's text with its expressions replaced.</summary>
    /// <param name="Text">The text; each gap of an expression is marked in it.</param>
    /// <param name="Origin">Where its lines lie in what the operator wrote.</param>
    /// <param name="Gaps">What could not be rendered.</param>
    internal sealed record Rendering(string Text, TextOrigin Origin, IReadOnlyList<JinjaGap> Gaps)
    {
        /// <summary>The gaps whose marks stand in a value or below it.</summary>
        public List<JinjaGap> In(ConfigNode node)
        {
            var found = new List<JinjaGap>();
            if (Gaps.Count > 0)
            {
                Collect(node, found);
            }

            return found;
        }

        /// <summary>The gaps whose marks stand in a text.</summary>
        public List<JinjaGap> In(string content)
        {
            var found = new List<JinjaGap>();
            if (Gaps.Count > 0)
            {
                Collect(content, found);
            }

            return found;
        }

        /// <summary>The statements that stand in, or enclose, lines of the rendered text.</summary>
        public IEnumerable<JinjaGap> Around(int firstLine, int lastLine) =>
            Gaps.Where(gap => gap.IsStatement && gap.FirstLine <= lastLine && gap.LastLine >= firstLine);

        private void Collect(ConfigNode node, List<JinjaGap> found)
        {
            switch (node)
            {
                case ScalarNode scalar:
                    Collect(scalar.Raw, found);
                    break;
                case SequenceNode list:
                    foreach (ConfigNode item in list.Items)
                    {
                        Collect(item, found);
                    }

                    break;
                case MappingNode mapping:
                    foreach (MappingEntry entry in mapping.Entries)
                    {
                        Collect(entry.Key, found);
                        Collect(entry.Value, found);
                    }

                    break;
            }
        }

        private void Collect(string content, List<JinjaGap> found)
        {
            for (int at = content.IndexOf(Mark); at >= 0; at = content.IndexOf(Mark, at + 1))
            {
                int end = content.IndexOf(MarkEnd, at);
                if (end > 0 && int.TryParse(content.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < Gaps.Count)
                {
                    found.Add(Gaps[number]);
                }
            }
        }
    }

    /// <summary>Whether a text is a template by its first line, <c>## template: jinja</c>.</summary>
    public static bool IsOne(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny('\r', '\n');
        ReadOnlySpan<char> first = (end < 0 ? text : text[..end]).Trim();
        return first.StartsWith("##") && first[2..].TrimStart() is var rest && rest.StartsWith("template:", StringComparison.OrdinalIgnoreCase)
            && rest["template:".Length..].Trim().Equals("jinja", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Renders a template.</summary>
    /// <param name="text">All of it; its first line stays, being a comment.</param>
    /// <param name="origin">Its name, and where its lines lie.</param>
    /// <param name="instance">What the values are taken from.</param>
    public static Rendering Render(string text, TextOrigin origin, InstanceData instance) => new JinjaTemplate(text, origin, instance).Render();

    private Rendering Render()
    {
        while (at < text.Length)
        {
            int brace = text.IndexOf('{', at);
            bool tag = brace >= 0 && brace + 1 < text.Length && text[brace + 1] is '{' or '%' or '#';
            Copy(brace < 0 ? text.Length : tag ? brace : brace + 1);
            if (tag)
            {
                ReadTag();
            }
        }

        foreach (JinjaGap unclosed in open)
        {
            gaps.Add(unclosed with { LastLine = int.MaxValue });
        }

        return new Rendering(output.ToString(), pieces.Count == 0 ? origin : origin with { Pieces = [new TextPiece(1, origin), .. pieces] }, gaps);
    }

    private void ReadTag()
    {
        char kind = text[at + 1];
        string closing = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
        int end = text.IndexOf(closing, at + 2, StringComparison.Ordinal);
        Position place = origin.At(line, at - lineStart + 1);
        if (end < 0)
        {
            Emit();
            gaps.Add(new JinjaGap(false, outLine, outLine, place, text[at..Math.Min(text.Length, at + 60)], "it has no end"));
            Skip(text.Length);
            return;
        }

        string whole = text[at..(end + 2)];
        string inner = text[(at + 2)..end];
        bool before = inner.StartsWith('-');
        bool after = inner.EndsWith('-') && inner.Length > 1;
        inner = inner[(before || inner.StartsWith('+') ? 1 : 0)..(after || (inner.EndsWith('+') && inner.Length > 1) ? ^1 : ^0)].Trim();
        if (before)
        {
            TrimOutput();
        }

        Skip(end + 2);
        if (kind == '{')
        {
            if (JinjaValue.Of(inner, instance) is { } value)
            {
                Append(value);
            }
            else
            {
                Emit();
                gaps.Add(new JinjaGap(false, outLine, outLine, place, whole, JinjaValue.WhyNot(inner, instance)));
            }
        }
        else
        {
            if (kind == '%')
            {
                Statement(inner, whole, place);
            }

            // cloud-init renders with trim_blocks: the line end after a statement or a comment goes with it.
            if (!after && at < text.Length)
            {
                Skip(at + (text.AsSpan(at).StartsWith("\r\n") ? 2 : text[at] == '\n' ? 1 : 0));
            }
        }

        if (after)
        {
            int next = at;
            while (next < text.Length && char.IsWhiteSpace(text[next]))
            {
                next++;
            }

            Skip(next);
        }
    }

    private void Statement(string inner, string whole, Position place)
    {
        string word = inner.Split([' ', '\t', '\n', '\r'], 2)[0];
        var gap = new JinjaGap(true, outLine, outLine, place, whole, "statements such as {% if %} are not carried out");
        if (word.StartsWith("end", StringComparison.Ordinal))
        {
            gaps.Add(open.TryPop(out JinjaGap? start) ? start with { LastLine = lineIsEmpty ? outLine - 1 : outLine } : gap);
        }
        else if (word is "if" or "for" or "macro" or "filter" or "call" or "block" or "with" or "autoescape" or "raw"
            || (word == "set" && !inner.Contains('=', StringComparison.Ordinal)))
        {
            open.Push(gap);
        }
        else if (word is not ("set" or "else" or "elif"))
        {
            gaps.Add(gap);
        }
    }

    private void Emit() => Append(string.Create(CultureInfo.InvariantCulture, $"{Mark}{gaps.Count}{MarkEnd}"));

    private void Copy(int end)
    {
        for (; at < end; at++)
        {
            Put(text[at]);
            if (text[at] == '\n')
            {
                (line, lineStart) = (line + 1, at + 1);
            }
        }
    }

    private void Append(string value)
    {
        foreach (char c in value)
        {
            Put(c);
        }
    }

    private void Put(char c)
    {
        if (lineIsEmpty && line - outLine != shift && pieces.Count < MostPieces)
        {
            shift = line - outLine;
            pieces.Add(new TextPiece(outLine, origin.Shift(line - 1, 0)));
        }

        output.Append(c);
        lineIsEmpty = c == '\n';
        outLine += lineIsEmpty ? 1 : 0;
    }

    private void Skip(int end)
    {
        for (; at < end; at++)
        {
            if (text[at] == '\n')
            {
                (line, lineStart) = (line + 1, at + 1);
            }
        }
    }

    private void TrimOutput()
    {
        int length = output.Length;
        while (length > 0 && char.IsWhiteSpace(output[length - 1]))
        {
            length--;
            outLine -= output[length] == '\n' ? 1 : 0;
        }

        output.Length = length;
        lineIsEmpty = length == 0 || output[length - 1] == '\n';
        while (pieces.Count > 0 && pieces[^1].FirstLine > outLine)
        {
            pieces.RemoveAt(pieces.Count - 1);
        }

        shift = int.MinValue;
    }
}
