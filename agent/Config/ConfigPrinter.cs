using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Config;

/// <summary>
/// Prints a merged document for people and for programs, with the place every value came from and no secret in it: secrets are
/// <c>***</c>, a secret's source is named without headers, arguments and credentials.
/// </summary>
internal static class ConfigPrinter
{
    private const string Hidden = "***";
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly SearchValues<char> PlainSafe =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+@=");

    /// <summary>YAML with a comment of origin behind every value, source and place: <c>name: worker-7  # guestinfo: guestinfo.userdata:12:5</c>.</summary>
    public static string Text(MappingNode merged)
    {
        var text = new StringBuilder();
        Entries(text, merged, NodeConfigSchema.Root, 0);
        return text.ToString();
    }

    /// <summary>
    /// <c>{"schemaVersion":1,"values":[{"path","value","source","file","line","column"},…],"document":{…}}</c>; a value is a JSON
    /// scalar, or an empty list or object.
    /// </summary>
    public static string Json(MappingNode merged)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion", 1);
            writer.WriteStartArray("values");
            foreach (ConfigLeaf leaf in ConfigLeaf.Of(merged))
            {
                writer.WriteStartObject();
                writer.WriteString("path", leaf.Path);
                writer.WritePropertyName("value");
                JsonValue(writer, leaf.Node, leaf.Type);
                writer.WriteString("source", leaf.Node.At.Source);
                writer.WriteString("file", leaf.Node.At.File);
                writer.WriteNumber("line", leaf.Node.At.Line);
                writer.WriteNumber("column", leaf.Node.At.Column);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WritePropertyName("document");
            JsonValue(writer, merged, NodeConfigSchema.Root);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void JsonValue(Utf8JsonWriter writer, ConfigNode node, FieldType? type)
    {
        type = ConfigLeaf.Taken(type, node);
        if (type is FieldType.Confidential)
        {
            JsonValue(writer, Redaction.Of(node), null);
            return;
        }

        switch (node)
        {
            case ScalarNode scalar:
                NodeConfigJson.Scalar(writer, scalar with { Raw = Url.Redact(scalar.Raw) }, type is FieldType.Text or FieldType.Choice);
                break;
            case SequenceNode list:
                writer.WriteStartArray();
                foreach (ConfigNode item in list.Items)
                {
                    JsonValue(writer, item, (type as FieldType.ListOf)?.Item);
                }

                writer.WriteEndArray();
                break;
            case MappingNode mapping:
                writer.WriteStartObject();
                foreach (MappingEntry entry in mapping.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    JsonValue(writer, entry.Value, type?.Child(entry.Key));
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void Entries(StringBuilder text, MappingNode mapping, FieldType? type, int depth)
    {
        foreach (MappingEntry entry in mapping.Entries)
        {
            string key = Quote(entry.Key);
            // YAML takes a key of up to 1024 characters before its colon; a longer one is announced by a question mark.
            text.Append(' ', depth * 2).Append(key.Length > 1000 ? "? " : "").Append(key);
            if (key.Length > 1000)
            {
                text.Append('\n').Append(' ', depth * 2);
            }

            text.Append(':');
            Value(text, entry.Value, type?.Child(entry.Key), depth);
        }
    }

    private static void Value(StringBuilder text, ConfigNode node, FieldType? type, int depth)
    {
        type = ConfigLeaf.Taken(type, node);
        if (type is FieldType.Confidential)
        {
            (node, type) = (Redaction.Of(node), null);
        }

        switch (node)
        {
            case MappingNode { Entries.Count: > 0 } mapping:
                text.Append('\n');
                Entries(text, mapping, type, depth + 1);
                break;
            case SequenceNode { Items.Count: > 0 } list:
                text.Append('\n');
                foreach (ConfigNode item in list.Items)
                {
                    text.Append(' ', (depth + 1) * 2).Append('-');
                    Value(text, item, (type as FieldType.ListOf)?.Item, depth + 1);
                }

                break;
            default:
                string source = node.At.Source.Length == 0 ? "" : Quoting.Printable(node.At.Source, 200) + " ";
                text.Append(' ').Append(Leaf(node, type)).Append("  # ").Append(source).Append(Quoting.Printable(node.At.ToString(), 300)).Append('\n');
                break;
        }
    }

    private static string Leaf(ConfigNode node, FieldType? type) => node switch
    {
        MappingNode => "{}",
        SequenceNode => "[]",
        ScalarNode { Kind: ScalarKind.Text } scalar => Quote(Url.Redact(scalar.Raw)),
        // A version written 1.30 is text to us: say so, or whoever copies the output gets 1.3.
        ScalarNode scalar => type is FieldType.Text ? $"\"{scalar.Raw}\"" : scalar.Raw,
        _ => "null",
    };

    private static string Quote(string raw)
    {
        // YAML 1.1 readers take such words for booleans; whoever pastes the output elsewhere should not meet that.
        bool plain = raw.ToLowerInvariant() is not ("yes" or "no" or "on" or "off" or "y" or "n") && raw.Length > 0
            && char.IsAsciiLetterOrDigit(raw[0]) && !raw.AsSpan().ContainsAnyExcept(PlainSafe) && CoreSchema.IsText(raw)
            // So are dates, 1_000 and 0b11; a version and an address are not.
            && (!char.IsAsciiDigit(raw[0]) || raw.Split('.').Length > 2);
        return plain ? raw : $"\"{Escaped(raw)}\"";
    }

    /// <summary>The text between quotes. JSON's escapes are YAML's, but for the pairs of a character beyond U+FFFF, which stands as it is.</summary>
    private static string Escaped(string raw)
    {
        var text = new StringBuilder();
        int start = 0;
        for (int i = 0; i + 1 < raw.Length; i++)
        {
            if (char.IsSurrogatePair(raw[i], raw[i + 1]))
            {
                text.Append(JsonEncodedText.Encode(raw.AsSpan(start, i - start), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append(raw, i++, 2);
                start = i + 1;
            }
        }

        return text.Append(JsonEncodedText.Encode(raw.AsSpan(start), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).ToString();
    }

    /// <summary>What is shown in a secret's place.</summary>
    private static class Redaction
    {
        /// <summary><c>***</c> for a value; a source with what may be secret in it replaced.</summary>
        public static ConfigNode Of(ConfigNode node) => node switch
        {
            ScalarNode { Raw: "" } => node,
            MappingNode mapping => mapping with { Entries = [.. mapping.Entries.Select(e => e with { Value = Part(e.Key, e.Value) })] },
            _ => Star(node),
        };

        private static ConfigNode Part(string key, ConfigNode value) => (key, value) switch
        {
            ("fromFile" or "fromCredential" or NodeConfigJson.ScrubbedKey, ScalarNode) => value,
            ("fromUrl", ScalarNode url) => url with { Raw = Url.Redact(url.Raw) },
            ("headers", MappingNode headers) => headers with { Entries = [.. headers.Entries.Select(h => h with { Value = Star(h.Value) })] },
            ("fromExec", SequenceNode argv) => argv with { Items = [.. argv.Items.Select((item, i) => i == 0 ? item : Star(item))] },
            _ => Star(value),
        };

        private static ScalarNode Star(ConfigNode node) => new(node.At, Hidden, ScalarKind.Text);
    }
}
