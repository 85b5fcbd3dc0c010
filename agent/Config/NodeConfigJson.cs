using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Config;

/// <summary>
/// The merged document as canonical JSON: no spaces, keys in ordinal order, so that equal configurations are equal bytes. It holds
/// the secrets: it belongs into a file of mode 0600 and nowhere else.
/// </summary>
internal static class NodeConfigJson
{
    /// <summary>The marker that stands where a scrubbed secret stood: <c>{"scrubbed":true}</c>.</summary>
    public const string ScrubbedKey = "scrubbed";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document with its secrets.</summary>
    public static byte[] Write(MappingNode merged) => Write(merged, scrub: false);

    /// <summary>The document without the single-use secrets that were given as values (token, certificate key, …); references stay.</summary>
    public static byte[] WriteScrubbed(MappingNode merged) => Write(merged, scrub: true);

    /// <summary>The configuration's id: SHA-256 of <see cref="Write(MappingNode)"/>, in lower-case hex.</summary>
    public static string Id(MappingNode merged) => Convert.ToHexStringLower(SHA256.HashData(Write(merged)));

    /// <summary>Reads what either writer wrote; give the result to <see cref="NodeConfigReader.Read"/> with <c>saved</c>.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="file">The file's name, for problems.</param>
    public static ReadResult Read(string text, string file) => YamlReader.Read(text, file);

    /// <summary>Whether a mapping is the marker of a scrubbed secret.</summary>
    public static bool IsScrubbed(MappingNode mapping) => mapping is { Entries: [{ Key: ScrubbedKey, Value: ScalarNode { Kind: ScalarKind.Boolean, Raw: "true" } }] };

    private static byte[] Write(MappingNode merged, bool scrub)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            Value(writer, merged, NodeConfigSchema.Root, scrub);
        }

        return bytes.ToArray();
    }

    private static void Value(Utf8JsonWriter writer, ConfigNode node, FieldType? type, bool scrub, bool ordered = true)
    {
        type = ConfigLeaf.Taken(type, node);
        switch (node)
        {
            case ScalarNode { Raw.Length: > 0 } when scrub && type is FieldType.Confidential { SingleUse: true }:
                writer.WriteStartObject();
                writer.WriteBoolean(ScrubbedKey, true);
                writer.WriteEndObject();
                break;
            case ScalarNode scalar:
                // 1.36 and "1.36" are the same version: where the schema wants text, text it is.
                Scalar(writer, scalar, type is FieldType.Text or FieldType.Confidential or FieldType.Choice);
                break;
            case SequenceNode list:
                writer.WriteStartArray();
                foreach (ConfigNode item in list.Items)
                {
                    Value(writer, item, (type as FieldType.ListOf)?.Item, scrub, ordered);
                }

                writer.WriteEndArray();
                break;
            case MappingNode mapping:
                FieldType? inner = IsScrubbed(mapping) ? null : type is FieldType.Confidential ? NodeConfigSchema.SecretSource : type;
                writer.WriteStartObject();
                foreach (MappingEntry entry in ordered ? mapping.Entries.OrderBy(e => e.Key, StringComparer.Ordinal) : mapping.Entries.AsEnumerable())
                {
                    writer.WritePropertyName(entry.Key);
                    Value(writer, entry.Value, inner?.Child(entry.Key), scrub, ordered);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    /// <summary>Writes a value of no schema of ours, such as a field of the kubelet's, as it was written.</summary>
    public static void WriteNode(Utf8JsonWriter writer, ConfigNode node) => Value(writer, node, null, scrub: false);

    /// <summary>Writes a value in the order of its text, what its schema wants as text as text.</summary>
    public static void WriteNode(Utf8JsonWriter writer, ConfigNode node, FieldType type) => Value(writer, node, type, scrub: false, ordered: false);

    /// <summary>Writes a scalar with its meaning; a number that JSON cannot write as it stands is converted or becomes text.</summary>
    internal static void Scalar(Utf8JsonWriter writer, ScalarNode scalar, bool asText)
    {
        if (asText || scalar.Kind == ScalarKind.Text)
        {
            writer.WriteStringValue(scalar.Raw);
        }
        else if (scalar.Kind == ScalarKind.Boolean)
        {
            writer.WriteBooleanValue(scalar.Raw[0] is 't' or 'T');
        }
        else if (scalar.Kind == ScalarKind.Whole && CoreSchema.WholeValue(scalar.Raw) is { } whole)
        {
            writer.WriteNumberValue(whole);
        }
        else if (IsJsonNumber(scalar.Raw))
        {
            writer.WriteRawValue(scalar.Raw, skipInputValidation: true);
        }
        else if (scalar.Kind == ScalarKind.Fraction
            && double.TryParse(scalar.Raw, System.Globalization.CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(scalar.Raw);
        }
    }

    private static bool IsJsonNumber(string raw)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(raw));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
