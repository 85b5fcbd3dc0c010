using System.Text;
using System.Text.Json;

namespace Slipway.Config;

/// <summary>
/// Reads JSON (RFC 8259) into the same tree as YAML. YAML takes nearly all JSON, but names a JSON mistake badly and refuses
/// tabs; so what begins as JSON is read as JSON first.
/// </summary>
internal ref struct JsonTree
{
    private readonly ReadOnlySpan<byte> bytes;
    private readonly TextOrigin origin;
    private readonly bool foreign;
    private readonly List<Problem> problems;
    private Utf8JsonReader reader;
    private int seen;
    private int nodes;
    private int line;
    private int column;

    private JsonTree(ReadOnlySpan<byte> bytes, TextOrigin origin, bool foreign, List<Problem> problems)
    {
        this.bytes = bytes;
        this.origin = origin;
        this.foreign = foreign;
        this.problems = problems;
        reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = YamlReader.MaxDepth });
        (seen, line, column) = (0, 1, 1);
    }

    /// <summary>Whether a text begins as a JSON object does.</summary>
    public static bool LooksLikeJson(string text)
    {
        ReadOnlySpan<char> start = text.AsSpan().TrimStart();
        return start.StartsWith("{") && start[1..].TrimStart() is ['"' or '}', ..];
    }

    /// <summary>Reads one JSON value; a syntax error is a problem with the code <c>config.syntax</c>.</summary>
    public static ReadResult Read(string text, TextOrigin origin, bool foreign)
    {
        var problems = new List<Problem>();
        var tree = new JsonTree(Encoding.UTF8.GetBytes(text), origin, foreign, problems);
        try
        {
            tree.reader.Read();
            ConfigNode root = tree.ReadNode("");
            tree.reader.Read();
            return new ReadResult([root], problems);
        }
        catch (JsonException error)
        {
            bool deep = error.Message.Contains("maximum", StringComparison.Ordinal);
            string message = deep ? $"values are nested more than {YamlReader.MaxDepth} deep"
                : error.Message.Contains("trailing comma", StringComparison.Ordinal) ? "there is a comma before the closing bracket"
                : error.Message.Contains("depth to be zero", StringComparison.Ordinal) ? "a bracket that is opened is not closed"
                : Quoting.WithoutInput(error.Message.Split(" LineNumber:")[0].Split(" Path:")[0].Split(" Change the reader")[0]).TrimEnd('.');
            return new ReadResult([], [new Problem(tree.PlaceOf(error), "", deep ? "config.too-deep" : "config.syntax", $"not valid JSON: {message}")]);
        }
        catch (OverflowException)
        {
            return new ReadResult([], [new Problem(tree.Here(), "", "config.too-large", YamlReader.TooLarge)]);
        }
        catch (InvalidOperationException)
        {
            // A string whose \u escapes are half of a surrogate pair is well-formed to the reader, but is no text.
            return new ReadResult([], [new Problem(tree.Here(), "", "config.syntax", "not valid JSON: a \\u escape is half a character")]);
        }
    }

    private ConfigNode ReadNode(string path)
    {
        Position at = Here();
        if (++nodes > YamlReader.MaxNodes)
        {
            throw new OverflowException();
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var entries = new MappingBuilder(path, foreign, problems);
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    Position keyAt = Here();
                    string key = reader.GetString()!;
                    reader.Read();
                    entries.Add(new MappingEntry(key, keyAt, ReadNode(ConfigPath.Join(path, key))));
                }

                return entries.Build(at);
            case JsonTokenType.StartArray:
                var items = new List<ConfigNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadNode(ConfigPath.Item(path, items.Count)));
                }

                return new SequenceNode(at, items);
            case JsonTokenType.Null:
                return new NullNode(at);
            case JsonTokenType.String:
                return new ScalarNode(at, reader.GetString()!, ScalarKind.Text);
            default:
                return CoreSchema.Resolve(at, Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    // Counts on from the token before, so that a text of one long line costs no more than many short ones.
    private Position Here()
    {
        int end = (int)Math.Min(reader.TokenStartIndex, bytes.Length);
        for (; seen < end; seen++)
        {
            byte b = bytes[seen];
            if (b == '\n')
            {
                (line, column) = (line + 1, 1);
            }
            else if ((b & 0xC0) != 0x80)
            {
                // A sequence of four bytes is two characters of UTF-16, all others one.
                column += b >= 0xF0 ? 2 : 1;
            }
        }

        return origin.At(line, column);
    }

    private readonly Position PlaceOf(JsonException error)
    {
        long wanted = error.LineNumber ?? 0;
        int start = 0;
        for (long at = 0; at < wanted && bytes[start..].IndexOf((byte)'\n') is >= 0 and var next; at++)
        {
            start += next + 1;
        }

        int length = (int)Math.Clamp(error.BytePositionInLine ?? 0, 0, bytes.Length - start);
        return origin.At(wanted + 1, Encoding.UTF8.GetCharCount(bytes.Slice(start, length)) + 1);
    }
}
