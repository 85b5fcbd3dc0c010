using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Stubs.Common;

/// <summary>What a document may hold. Checking against it is strict: an unknown field or a wrong type is an error, named as Go's strict decoder names it.</summary>
internal abstract record Shape
{
    private Shape()
    {
    }

    /// <summary>A string.</summary>
    public static Shape Text { get; } = new Scalar("string", JsonValueKind.String);

    /// <summary>true or false.</summary>
    public static Shape Flag { get; } = new Scalar("bool", JsonValueKind.True, JsonValueKind.False);

    /// <summary>A number.</summary>
    public static Shape Number { get; } = new Scalar("int32", JsonValueKind.Number);

    /// <summary>A Go duration such as <c>4m0s</c>.</summary>
    public static Shape Duration { get; } = new DurationText();

    /// <summary>Anything at all.</summary>
    public static Shape Any { get; } = new Anything();

    /// <summary>A list.</summary>
    public static Shape List(Shape item) => new ListOf(item);

    /// <summary>A map with free keys.</summary>
    public static Shape Map(Shape value) => new MapOf(value);

    /// <summary>A map with known keys.</summary>
    public static Shape Object(params (string Name, Shape Shape)[] fields) =>
        new ObjectWith(fields.ToDictionary(f => f.Name, f => f.Shape, StringComparer.Ordinal));

    /// <summary>All that is wrong with a document; null counts as absent everywhere.</summary>
    public IEnumerable<string> Check(JsonNode? node, string path = "") => node is null ? [] : Errors(node, path);

    protected abstract IEnumerable<string> Errors(JsonNode node, string path);

    private static string Mismatch(JsonNode node, string path, string type) =>
        $"json: cannot unmarshal {node.GetValueKind().ToString().ToLowerInvariant()} into Go struct field {path} of type {type}";

    private sealed record Scalar(string Type, params JsonValueKind[] Kinds) : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path) =>
            Kinds.Contains(node.GetValueKind()) ? [] : [Mismatch(node, path, Type)];
    }

    private sealed record DurationText : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path) =>
            node.GetValueKind() == JsonValueKind.String && GoDuration.TryParse(node.GetValue<string>(), out _) ? []
            : [$"time: invalid duration {node.ToJsonString()} in field {path}"];
    }

    private sealed record Anything : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path) => [];
    }

    private sealed record ListOf(Shape Item) : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path) => node is JsonArray list
            ? list.SelectMany((item, i) => Item.Check(item, $"{path}[{i}]"))
            : [Mismatch(node, path, "[]")];
    }

    private sealed record MapOf(Shape Value) : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path) => node is JsonObject map
            ? map.SelectMany(entry => Value.Check(entry.Value, $"{path}.{entry.Key}"))
            : [Mismatch(node, path, "map[string]")];
    }

    private sealed record ObjectWith(IReadOnlyDictionary<string, Shape> Fields) : Shape
    {
        protected override IEnumerable<string> Errors(JsonNode node, string path)
        {
            if (node is not JsonObject map)
            {
                yield return Mismatch(node, path, "struct");
                yield break;
            }
            foreach ((string key, JsonNode? value) in map)
            {
                string here = path.Length == 0 ? key : $"{path}.{key}";
                if (!Fields.TryGetValue(key, out Shape? shape))
                {
                    yield return $"unknown field \"{here}\"";
                    continue;
                }
                foreach (string error in shape.Check(value, here))
                {
                    yield return error;
                }
            }
        }
    }
}
