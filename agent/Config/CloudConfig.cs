using System.Text;

namespace Slipway.Config;

/// <summary>
/// Looks into a <c>#cloud-config</c> for documents in <c>write_files</c> and for a join in <c>runcmd</c>. Formats:
/// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files. Only the structure is read; a template is not rendered.
/// </summary>
internal sealed class CloudConfig
{
    private readonly string text;
    private readonly string[] lines;
    private readonly TextOrigin origin;
    private readonly bool template;
    private readonly List<ConfigNode> found = [];
    private readonly List<Problem> problems = [];
    private readonly List<Problem> unreadable = [];
    private readonly List<Problem> warnings = [];

    private CloudConfig(string text, TextOrigin origin, bool template)
    {
        this.text = text;
        this.origin = origin;
        this.template = template;
        lines = text.Split('\n');
    }

    /// <summary>Reads a cloud-config.</summary>
    /// <param name="text">The whole text, headers included.</param>
    /// <param name="origin">Its name.</param>
    /// <param name="template">Whether it has cloud-init's header of a jinja template.</param>
    public static UserDataResult Read(string text, TextOrigin origin, bool template) => new CloudConfig(text, origin, template).Read();

    private UserDataResult Read()
    {
        ReadResult outer = YamlReader.Read(text, origin, foreign: true);
        if (outer.Problems.Count > 0)
        {
            return new UserDataResult.Malformed(outer.Problems, false, []);
        }

        if (outer.Documents is not [MappingNode root, ..])
        {
            return new UserDataResult.NoDocuments("a #cloud-config without content", false, []);
        }

        bool joins = Runcmd.Joins(root.Find("runcmd"));
        if (root.Find("write_files") is SequenceNode files)
        {
            for (int i = 0; i < files.Items.Count; i++)
            {
                if (files.Items[i] is MappingNode file && file.Find("content") is ScalarNode content)
                {
                    ReadFile(file, content, i);
                }
            }
        }

        return this switch
        {
            { problems.Count: > 0 } => new UserDataResult.Malformed(
                [.. problems, .. found.SelectMany(document => NodeConfigReader.Check(document))], joins, warnings),
            { found.Count: > 0 } => new UserDataResult.Found(found, joins, [.. warnings, .. unreadable]),
            // The file that cannot be read may be the one that holds the configuration: never boot without it in silence.
            { unreadable.Count: > 0 } => new UserDataResult.Malformed(unreadable, joins, warnings),
            _ => new UserDataResult.NoDocuments("a #cloud-config without a NodeConfig in write_files", joins, warnings),
        };
    }

    private void ReadFile(MappingNode file, ScalarNode content, int index)
    {
        string path = file.Find("path") is ScalarNode { Raw: var raw } ? $" {Quoting.Printable(raw, 120)}" : "";
        string name = $"{origin.File} (write_files[{index}]{path})";
        string encoding = file.Find("encoding") is ScalarNode { Raw: var given } ? given.Trim() : "";
        bool plain = encoding.ToLowerInvariant() is "" or "text/plain" or "plain";
        if (plain)
        {
            ReadContent(content.Raw, Place(content, name));
            return;
        }

        string field = $"write_files[{index}].{(file.Find("encoding") is null ? "content" : "encoding")}";
        switch (PayloadDecoder.Decode(Encoding.UTF8.GetBytes(content.Raw), encoding))
        {
            case DecodeResult.Decoded decoded:
                var inner = new TextOrigin(origin.Source, $"{name[..^1]}, {Quoting.Printable(encoding, 20)} decoded)");
                if (Utf8Text.Decode(decoded.Bytes.Span, inner, out _) is { } text)
                {
                    int before = found.Count;
                    ReadContent(text, inner);
                    if (found.Count > before)
                    {
                        warnings.AddRange(decoded.Warnings.Select(w => new Problem(content.At, field, "config.encoding-odd", w)));
                    }
                }

                break;
            case DecodeResult.Undecodable bad:
                unreadable.Add(new Problem(content.At, field, bad.Failure.Code, bad.Failure.What));
                break;
        }
    }

    private void ReadContent(string content, TextOrigin place)
    {
        if (!DocumentKinds.Mentions(content))
        {
            return;
        }

        ReadResult inner = YamlReader.Read(content, place);
        bool ours = inner.Documents.Any(d => DocumentKinds.Of(d) != DocumentKind.Other);
        if (ours || (inner.Problems.Count > 0 && content.Contains("slipway.dev/", StringComparison.Ordinal)))
        {
            problems.AddRange(inner.Problems);
        }

        foreach (ConfigNode document in inner.Documents)
        {
            switch (DocumentKinds.Of(document))
            {
                case DocumentKind.Other:
                    break;
                case not DocumentKind.Other when template && Expression(document) is { } expression:
                    problems.Add(new Problem(expression.At, "", "config.template-unsupported",
                        "a template expression ({{ … }} or {% … %}) is not rendered by this version", "the value itself"));
                    break;
                default:
                    found.Add(document);
                    break;
            }
        }
    }

    /// <summary>
    /// Where a plain content's lines lie. A literal block keeps its lines, so their places follow from the first one; in any other
    /// style lines have been joined or escaped, and places are counted in the content itself, which the name then says.
    /// </summary>
    private TextOrigin Place(ScalarNode content, string name)
    {
        int header = content.At.Line - 1 - origin.LinesBefore;
        int start = content.At.Column - 1 - origin.ColumnsBefore;
        if (content.Quoted && header >= 0 && header < lines.Length && start < lines[header].Length && lines[header][start] == '|')
        {
            string[] inner = content.Raw.Split('\n');
            int first = Array.FindIndex(inner, line => line.Trim().Length > 0);
            string outer = first >= 0 && header + 1 + first < lines.Length ? lines[header + 1 + first].TrimEnd('\r') : "";
            if (outer.Length > 0 && outer.EndsWith(inner[first], StringComparison.Ordinal))
            {
                return new TextOrigin(origin.Source, name)
                {
                    LinesBefore = origin.LinesBefore + header + 1,
                    ColumnsBefore = origin.ColumnsBefore + outer.Length - inner[first].Length,
                };
            }
        }

        return new TextOrigin(origin.Source, $"{name[..^1]}, lines of its content)");
    }

    private static ConfigNode? Expression(ConfigNode node) => node switch
    {
        ScalarNode scalar => scalar.Raw.Contains("{{", StringComparison.Ordinal) || scalar.Raw.Contains("{%", StringComparison.Ordinal) ? scalar : null,
        SequenceNode list => list.Items.Select(Expression).FirstOrDefault(e => e is not null),
        MappingNode mapping => mapping.Entries.Select(e => Expression(e.Value)).FirstOrDefault(e => e is not null),
        _ => null,
    };
}
