using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Config;

/// <summary>
/// Reads YAML 1.2, and JSON with it, into trees with positions. Only the parser's events are used: its object mapping
/// needs reflection. Everything a hostile text can ask for is bounded: depth, number of values, what aliases expand to.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>How deep values may nest.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many values one text may hold: more than any node needs, and read in a tenth of a second and 40 MB.</summary>
    public const int MaxNodes = 50_000;

    /// <summary>What is said of a text that holds more.</summary>
    public static readonly string TooLarge = $"the text holds more than {MaxNodes} values";

    /// <summary>How many values the aliases of one text may add; the "billion laughs" asks for 10^9.</summary>
    public const int MaxAliased = 10_000;

    private readonly string text;
    private readonly Scanner scanner;
    private readonly Parser parser;
    private readonly TextOrigin origin;
    private readonly bool foreign;
    private readonly List<Problem> problems = [];
    private readonly Dictionary<AnchorName, (ConfigNode? Node, int Size)> anchors = [];
    private string[]? lines;
    private int nodes;
    private int aliased;

    private YamlReader(string text, TextOrigin origin, bool foreign)
    {
        this.text = text;
        scanner = new Scanner(new StringReader(text), skipComments: true);
        parser = new Parser(scanner);
        this.origin = origin;
        this.foreign = foreign;
    }

    /// <summary>Reads a text that is known by a file name alone.</summary>
    public static ReadResult Read(string text, string file) => Read(text, new TextOrigin("", file));

    /// <summary>Reads all documents of a text, YAML or JSON.</summary>
    /// <param name="text">The text; a byte order mark at its start is dropped.</param>
    /// <param name="origin">Its name, and where its lines lie.</param>
    /// <param name="foreign">For a text that is another program's (a cloud-config): a key given twice takes its last value and
    /// unknown tags are passed over, as that program does.</param>
    public static ReadResult Read(string text, TextOrigin origin, bool foreign = false)
    {
        text = text.TrimStart('\uFEFF');
        // What begins as JSON must be JSON: the YAML parser lets a missing colon pass. A stream of documents is YAML's all the same.
        ReadResult result = JsonTree.LooksLikeJson(text) && !text.Contains("\n---", StringComparison.Ordinal)
            ? JsonTree.Read(text, origin, foreign)
            : new YamlReader(text, origin, foreign).ReadAll();
        // Nobody corrects ten thousand keys given twice one by one.
        return result.Problems.Count <= SchemaCheck.MaxProblems ? result : result with { Problems = [.. result.Problems.Take(SchemaCheck.MaxProblems)] };
    }

    private ReadResult ReadAll()
    {
        var documents = new List<ConfigNode>();
        try
        {
            parser.MoveNext();
            while (parser.MoveNext() && parser.Current is not StreamEnd)
            {
                // DocumentStart, the root, DocumentEnd: anchors live for one document.
                anchors.Clear();
                parser.MoveNext();
                ConfigNode root = ReadNode("", 0);
                if (root is not NullNode)
                {
                    documents.Add(root);
                }
            }
        }
        catch (RefusedException refused)
        {
            problems.Add(refused.Problem);
        }
        catch (YamlException error)
        {
            string message = Quoting.WithoutInput(error.Message).TrimEnd('.');
            problems.Add(Tab(error.Start) ?? new Problem(origin.At(error.Start.Line, error.Start.Column), "", "config.syntax", $"not valid YAML: {message}"));
        }
        catch (Exception error) when (error is not (OutOfMemoryException or OperationCanceledException))
        {
            // The parser has let others than its own through on hostile input (overflows, index errors).
            Mark mark = scanner.CurrentPosition;
            problems.Add(Tab(mark) ?? new Problem(origin.At(mark.Line, mark.Column), "", "config.syntax",
                "not valid YAML, here or shortly before", "a closing bracket or quote for what was opened, or KEY: VALUE"));
        }

        return new ReadResult(documents, problems);
    }

    /// <summary>The tab in the indentation that a mistake comes from, at or after where the parser saw it; null where there is none near.</summary>
    private Problem? Tab(Mark from)
    {
        lines ??= text.Split('\n');
        // Where the parser stands at the start of the text it did not see where the mistake is.
        int first = (int)Math.Max(0, from.Line - 1);
        int last = from is { Line: <= 1, Column: <= 1 } ? lines.Length : Math.Min(lines.Length, first + 2);
        for (int i = first; i < last; i++)
        {
            int tab = lines[i].AsSpan().IndexOfAnyExcept(' ');
            if (tab >= 0 && lines[i][tab] == '\t' && lines[i].Trim().Length > 0)
            {
                return new Problem(origin.At(i + 1, tab + 1), "", "config.syntax", "not valid YAML: a tab in the indentation", "blanks");
            }
        }

        return null;
    }

    private ConfigNode ReadNode(string path, int depth)
    {
        ParsingEvent current = parser.Current!;
        Position at = origin.At(current.Start.Line, current.Start.Column);
        if (depth > MaxDepth)
        {
            throw new RefusedException(new Problem(at, "", "config.too-deep", $"values are nested more than {MaxDepth} deep"));
        }

        if (++nodes > MaxNodes)
        {
            throw new RefusedException(new Problem(at, "", "config.too-large", TooLarge));
        }

        if (current is AnchorAlias alias)
        {
            parser.MoveNext();
            return Resolve(alias, at);
        }

        int before = nodes + aliased;
        AnchorName anchor = current is NodeEvent node ? node.Anchor : AnchorName.Empty;
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = (null, 0);
        }

        ConfigNode result = current switch
        {
            Scalar scalar => ReadScalar(scalar, at, path),
            SequenceStart sequence => ReadSequence(sequence, at, path, depth),
            MappingStart mapping => ReadMapping(mapping, at, path, depth),
            _ => throw new YamlException(current.Start, current.End, "a value was expected here"),
        };
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = (result, nodes + aliased - before + 1);
        }

        return result;
    }

    private ConfigNode Resolve(AnchorAlias alias, Position at)
    {
        if (!anchors.TryGetValue(alias.Value, out (ConfigNode? Node, int Size) target) || target.Node is null)
        {
            throw new RefusedException(new Problem(at, "", "config.alias-refused",
                "an alias to an anchor that is not there, or that contains the alias itself"));
        }

        aliased += target.Size;
        return aliased <= MaxAliased
            ? target.Node
            : throw new RefusedException(new Problem(at, "", "config.alias-refused", $"aliases expand to more than {MaxAliased} values"));
    }

    private ConfigNode ReadScalar(Scalar scalar, Position at, string path)
    {
        parser.MoveNext();
        string tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        bool plain = scalar.Style == ScalarStyle.Plain;
        switch (tag)
        {
            case "" or "?":
                return plain ? CoreSchema.Resolve(at, scalar.Value) : new ScalarNode(at, scalar.Value, ScalarKind.Text) { Block = Block(scalar) };
            case "!" or "tag:yaml.org,2002:str":
                return new ScalarNode(at, scalar.Value, ScalarKind.Text);
            case "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null":
                return CoreSchema.Resolve(at, scalar.Value);
            case "tag:yaml.org,2002:binary" when foreign && BinaryText(scalar.Value) is { } text:
                return new ScalarNode(at, text, ScalarKind.Text);
            default:
                RefuseTag(at, path);
                return new ScalarNode(at, scalar.Value, ScalarKind.Text);
        }
    }

    /// <summary>Where a literal block's lines lie: it keeps them as they are, so their places follow from the first one.</summary>
    private TextOrigin? Block(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Literal)
        {
            return null;
        }

        lines ??= text.Split('\n');
        string[] inner = scalar.Value.Split('\n');
        int first = Array.FindIndex(inner, line => line.Trim().Length > 0);
        int header = (int)scalar.Start.Line;
        string outer = first >= 0 && header + first < lines.Length ? lines[header + first].TrimEnd('\r') : "";
        return outer.Length > 0 && outer.EndsWith(inner[first], StringComparison.Ordinal)
            ? origin.Shift(header, outer.Length - inner[first].Length)
            : null;
    }

    private SequenceNode ReadSequence(SequenceStart start, Position at, string path, int depth)
    {
        parser.MoveNext();
        if (!start.Tag.IsEmpty && start.Tag.Value is not ("!" or "tag:yaml.org,2002:seq"))
        {
            RefuseTag(at, path);
        }

        var items = new List<ConfigNode>();
        while (parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(ConfigPath.Item(path, items.Count), depth + 1));
        }

        parser.MoveNext();
        return new SequenceNode(at, items);
    }

    private MappingNode ReadMapping(MappingStart start, Position at, string path, int depth)
    {
        parser.MoveNext();
        if (!start.Tag.IsEmpty && start.Tag.Value is not ("!" or "tag:yaml.org,2002:map"))
        {
            RefuseTag(at, path);
        }

        var entries = new MappingBuilder(path, foreign, problems);
        while (parser.Current is not MappingEnd)
        {
            bool merge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
            if (ReadNode(path, depth + 1) is not { } keyNode || KeyText(keyNode) is not { } key)
            {
                throw new RefusedException(new Problem(origin.At(parser.Current!.Start.Line, parser.Current.Start.Column), path,
                    "config.syntax", "a list or a mapping cannot be a key"));
            }

            ConfigNode value = ReadNode(ConfigPath.Join(path, key), depth + 1);
            if (merge)
            {
                aliased += entries.Inherit(value, keyNode.At);
                if (aliased > MaxAliased)
                {
                    throw new RefusedException(new Problem(keyNode.At, path, "config.alias-refused",
                        $"aliases expand to more than {MaxAliased} values"));
                }
            }
            else
            {
                entries.Add(new MappingEntry(key, keyNode.At, value));
            }
        }

        parser.MoveNext();
        return entries.Build(at);
    }

    private static string? KeyText(ConfigNode key) => key switch
    {
        ScalarNode scalar => scalar.Raw,
        NullNode => "null",
        _ => null,
    };

    /// <summary>The text that a !!binary value stands for; null where it stands for none, or for gzip, which the field's own encoding tells of.</summary>
    private static string? BinaryText(string base64) =>
        !base64.StartsWith("H4sI", StringComparison.Ordinal) && PayloadDecoder.Decode(Encoding.UTF8.GetBytes(base64), "base64") is DecodeResult.Decoded decoded
            ? Utf8Text.Decode(decoded.Bytes.Span, new TextOrigin("", ""), out _)
            : null;

    private void RefuseTag(Position at, string path)
    {
        if (!foreign)
        {
            problems.Add(new Problem(at, path, "config.tag-unsupported", "this YAML tag is not supported", "a plain value"));
        }
    }

    /// <summary>Leaves the parse at a construct that is refused; never leaves this class.</summary>
    private sealed class RefusedException(Problem problem) : Exception
    {
        /// <summary>What is refused, and where.</summary>
        public Problem Problem { get; } = problem;
    }
}
