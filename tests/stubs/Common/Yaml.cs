using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Stubs.Common;

/// <summary>YAML documents as JSON trees, the way Kubernetes reads them; and back. Duplicate keys are refused.</summary>
internal static class Yaml
{
    /// <summary>Every non-empty document of a text.</summary>
    /// <exception cref="FatalException">It is not YAML, or a key stands twice.</exception>
    public static List<JsonObject> ReadAll(string text)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new FatalException($"error converting YAML to JSON: yaml: line {e.Start.Line}: {e.Message}");
        }
        List<JsonObject> documents = [];
        foreach (YamlDocument document in stream.Documents)
        {
            switch (Convert(document.RootNode))
            {
                case JsonObject map:
                    documents.Add(map);
                    break;
                case null:
                    break;
                default:
                    throw new FatalException("error converting YAML to JSON: a document must be a mapping");
            }
        }
        return documents;
    }

    /// <summary>Writes a tree as block YAML, keys in order.</summary>
    public static string Write(JsonObject map)
    {
        StringBuilder text = new();
        WriteMap(text, map, 0);
        return text.ToString();
    }

    /// <summary>Lays one tree over another: maps merge, everything else is replaced, null removes (RFC 7396).</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string key, JsonNode? value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject map when target[key] is JsonObject old:
                    Merge(old, map);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value ?? "", Convert(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Scalar(plain.Value ?? ""),
        YamlScalarNode quoted => JsonValue.Create(quoted.Value),
        _ => throw new FatalException("error converting YAML to JSON: unsupported node"),
    };

    private static JsonValue? Scalar(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) => JsonValue.Create(integer),
        _ when char.IsAsciiDigit(text[0]) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static void WriteMap(StringBuilder text, JsonObject map, int indent)
    {
        foreach ((string key, JsonNode? value) in map)
        {
            text.Append(' ', indent).Append(key).Append(':');
            WriteValue(text, value, indent);
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                text.Append('\n');
                WriteMap(text, map, indent + 2);
                break;
            case JsonArray { Count: > 0 } list:
                text.Append('\n');
                foreach (JsonNode? item in list)
                {
                    // Flow style inside lists keeps the writer small; it is YAML all the same.
                    text.Append(' ', indent).Append("- ").Append(item?.ToJsonString() ?? "null").Append('\n');
                }
                break;
            default:
                text.Append(' ').Append(value?.ToJsonString() ?? "null").Append('\n');
                break;
        }
    }
}
