using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>
/// The JSON Schema (draft 2020-12) of NodeConfig, made from the agent's own table of fields, for editors. It takes whatever the agent
/// takes; the agent sees more: values across fields, several documents, a token's checksum. What <c>spec.join</c> needs is asked for
/// unless <c>mode</c> is <c>prepare</c>.
/// </summary>
internal static class NodeConfigJsonSchema
{
    /// <summary>Patterns of forms (ECMA 262, anchored here); a form without one is checked by the agent alone.</summary>
    public static IReadOnlyDictionary<TextFormat, string> Patterns { get; } = new Dictionary<TextFormat, string>
    {
        [TextFormat.AbsolutePath] = "/.*",
        [TextFormat.Version] = @"v?\d+\.\d+(\.\d+([-+][0-9A-Za-z][0-9A-Za-z.+-]*)?)?",
        [TextFormat.Release] = @"v?\d+\.\d+(\.\d+)?([-+~][0-9A-Za-z.+~-]+)?",
        [TextFormat.NodeName] = @"(?!localhost$)[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?",
        [TextFormat.DnsName] = @"[a-z0-9]([a-z0-9.-]*[a-z0-9])?",
        [TextFormat.NodeAddress] = @"auto|interface:\S{1,15}|[0-9a-fA-F.:]+(/\d{1,3}|\s*,\s*[0-9a-fA-F.:]+)?",
        [TextFormat.Address] = "[0-9a-fA-F.:]+",
        [TextFormat.Cidr] = @"[0-9a-fA-F.:]+/\d{1,3}",
        [TextFormat.Cidrs] = @"[0-9a-fA-F.:]+/\d{1,3}(\s*,\s*[0-9a-fA-F.:]+/\d{1,3})?",
        [TextFormat.LabelKey] = @"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        [TextFormat.LabelValue] = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        [TextFormat.TaintKey] = @"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        [TextFormat.TaintText] = @"[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)",
        [TextFormat.Mirror] = @"(https?|oci)://\S+",
        [TextFormat.Web] = @"https?://\S+",
        [TextFormat.Https] = @"https://\S+",
        [TextFormat.Proxy] = @"https?://[^/?#\s]+/?",
        [TextFormat.Endpoint] = @"\S+:\d{1,5}",
        [TextFormat.Duration] = @"(\d+(\.\d+)?(h|m|s|ms|us|µs|ns))+",
        [TextFormat.AnyDuration] = @"[-+]?(0|(\d+(\.\d+)?(h|m|s|ms|us|µs|ns))+)",
        [TextFormat.Amount] = @"\+?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?\d{1,2})?",
        [TextFormat.Percentage] = @"\d+(\.\d*)?%",
        [TextFormat.Token] = @"[a-z0-9]{6}\.[a-z0-9]{16}",
        [TextFormat.CaHash] = "sha256:[0-9a-fA-F]{64}",
        [TextFormat.CertificateKey] = "[0-9a-fA-F]{64}",
        [TextFormat.Flag] = "--?[a-z0-9][a-z0-9-]*(=.*)?",
        [TextFormat.Module] = "[A-Za-z0-9_-]{1,56}",
        [TextFormat.Region] = "[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}",
        [TextFormat.ActivationId] = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        [TextFormat.ActivationCode] = @"\S{20,250}",
        [TextFormat.RoleArn] = @"arn:aws[a-z-]*:iam::\d{12}:role/.+",
        [TextFormat.TrustAnchorArn] = @"arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:\d{12}:trust-anchor/[0-9a-f-]{36}",
        [TextFormat.ProfileArn] = @"arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:\d{12}:profile/[0-9a-f-]{36}",
    };

    /// <summary>The whole schema as text.</summary>
    public static string Write()
    {
        JsonObject root = Section(NodeConfigSchema.Root);
        root["required"] = new JsonArray("apiVersion", "kind");
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Slipway NodeConfig",
            ["description"] = "What a node is to be: slipway.dev/v1alpha1. null unsets a field and counts as absent.",
        };
        foreach ((string name, JsonNode? value) in root)
        {
            schema[name] = value?.DeepClone();
        }

        schema["$defs"] = new JsonObject { ["secretSource"] = SecretSource() };
        return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    /// <summary>A pattern for a form as a whole.</summary>
    public static string Anchored(string pattern, bool orEmpty) => orEmpty ? $"^({pattern})?$" : $"^({pattern})$";

    private static JsonObject Of(FieldType type, bool orNull) => type switch
    {
        FieldType.Section section => Section(section, orNull),
        FieldType.Text text => Form(text.Format, orNull, text.AnyScalar ? ["string", "number", "boolean"] : !text.Strict && MayBeNumber(text.Format) ? ["string", "number"] : ["string"]),
        FieldType.Flag => new JsonObject { ["type"] = Types(orNull, "boolean") },
        FieldType.Number number => new JsonObject { ["type"] = Types(orNull, "integer"), ["minimum"] = number.Least, ["maximum"] = number.Most },
        FieldType.Fraction { Else: null } => new JsonObject { ["type"] = Types(orNull, "number") },
        FieldType.Fraction fraction => Form(fraction.Else!, orNull, ["string", "number"]),
        FieldType.Choice choice => new JsonObject
        {
            ["enum"] = new JsonArray([.. choice.Words.Select(word => (JsonNode?)word), .. choice.EmptyIsAbsent ? [(JsonNode?)""] : Array.Empty<JsonNode?>(),
                .. orNull ? [null] : Array.Empty<JsonNode?>()]),
        },
        FieldType.Confidential secret => Secret(secret, orNull),
        FieldType.ListOf list => new JsonObject { ["type"] = Types(orNull, "array"), ["items"] = Of(list.Item, orNull: false) },
        FieldType.MapOf map => Map(map, orNull),
        FieldType.TextOr either => new JsonObject { ["anyOf"] = new JsonArray(Of(either.Plain, orNull), Of(either.Mapping, orNull: false)) },
        // kubeadm's documents: their text or where it is read, or a list of them, which has schemas of its own.
        FieldType.Varying => new JsonObject
        {
            ["anyOf"] = new JsonArray(Secret(new FieldType.Confidential(TextFormat.Any, true), orNull),
                new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } }),
        },
        // Another program's document, which has a schema of its own.
        _ => [],
    };

    private static JsonObject Section(FieldType.Section section, bool orNull = false)
    {
        var properties = new JsonObject();
        foreach (Field field in section.Fields)
        {
            JsonObject value = Of(field.Type, orNull: true);
            string doc = field.Doc + (field.Since > 0 ? $"Kubernetes 1.{field.Since} and newer." : "")
                + (field.Type is FieldType.Text or FieldType.Confidential && field.Doc.Length > 0 ? $" Expected: {field.Type.Expected}." : "");
            if (doc.Length > 0)
            {
                value.Insert(0, "description", doc);
            }

            properties[field.Name] = value;
        }

        var schema = new JsonObject { ["type"] = Types(orNull, "object"), ["properties"] = properties, ["additionalProperties"] = false };
        if (ReferenceEquals(section, JoinSchema.Join))
        {
            schema["if"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["mode"] = new JsonObject { ["const"] = "prepare" } },
                ["required"] = new JsonArray("mode"),
            };
            schema["else"] = Needs(section);
            schema["then"] = Needs(section, onlyExclusion: true);
        }
        else if (!IsWithinJoin(section))
        {
            foreach ((string name, JsonNode? value) in Needs(section))
            {
                schema[name] = value?.DeepClone();
            }
        }

        return schema;
    }

    private static bool IsWithinJoin(FieldType.Section section) => Within(JoinSchema.Join).Contains(section);

    private static IEnumerable<FieldType.Section> Within(FieldType.Section section) =>
        [section, .. section.Fields.Select(field => field.Type).OfType<FieldType.Section>().SelectMany(Within)];

    /// <summary>What the rules of a section and of those in it ask for.</summary>
    private static JsonObject Needs(FieldType.Section section, bool onlyExclusion = false)
    {
        var all = new JsonArray();
        foreach (Rule rule in section.Rules)
        {
            switch (rule)
            {
                case Rule.ExactlyOne one when onlyExclusion:
                    all.Add(new JsonObject { ["oneOf"] = new JsonArray([.. one.Names.Select(Given), new JsonObject { ["not"] = AnyOf(one.Names) }]) });
                    break;
                case Rule.ExactlyOne one:
                    all.Add(new JsonObject { ["oneOf"] = new JsonArray([.. one.Names.Select(Given)]) });
                    break;
                case Rule.Required required when !onlyExclusion:
                    all.Add(required.UnlessGiven is null ? Given(required.Name) : AnyOf([required.Name, required.UnlessGiven]));
                    break;
            }
        }

        var needs = new JsonObject();
        if (all.Count > 0)
        {
            needs["allOf"] = all;
        }

        var inner = new JsonObject();
        foreach (Field field in IsWithinJoin(section) ? section.Fields : [])
        {
            if (field.Type is FieldType.Section part && Needs(part, onlyExclusion) is { Count: > 0 } below)
            {
                // Rules of a section hold where it is one.
                inner[field.Name] = new JsonObject { ["if"] = new JsonObject { ["type"] = "object" }, ["then"] = below };
            }
        }

        if (inner.Count > 0)
        {
            needs["properties"] = inner;
        }

        return needs;
    }

    private static JsonObject AnyOf(IEnumerable<string> names) => new() { ["anyOf"] = new JsonArray([.. names.Select(Given)]) };

    /// <summary>What <see cref="Rule.IsGiven"/> says.</summary>
    private static JsonNode Given(string name) => new JsonObject
    {
        ["required"] = new JsonArray(name),
        ["properties"] = new JsonObject
        {
            [name] = new JsonObject { ["not"] = new JsonObject { ["enum"] = new JsonArray(null, "", false, new JsonArray()) } },
        },
    };

    private static JsonObject Form(TextFormat format, bool orNull, string[] types)
    {
        var form = new JsonObject { ["type"] = Types(orNull, types) };
        if (Patterns.TryGetValue(format, out string? pattern))
        {
            form["pattern"] = Anchored(pattern, format.EmptyIsAbsent);
        }
        else if (!format.EmptyIsAbsent)
        {
            form["minLength"] = 1;
        }

        return form;
    }

    /// <summary>Whether an unquoted number can be what the form asks for: <c>1.36</c> is a version.</summary>
    private static bool MayBeNumber(TextFormat format) => format.Accepts("1") || format.Accepts("1.36");

    private static JsonObject Secret(FieldType.Confidential secret, bool orNull)
    {
        JsonObject value = Form(secret.Format, orNull, ["string", "number"]);
        if (secret.ValueOnly)
        {
            return value;
        }

        return new JsonObject { ["anyOf"] = new JsonArray(value, new JsonObject { ["$ref"] = "#/$defs/secretSource" }) };
    }

    private static JsonObject SecretSource()
    {
        JsonObject source = Section(NodeConfigSchema.SecretSource);
        string[] ways = [.. NodeConfigSchema.SecretSource.Fields.Select(field => field.Name).Where(name => name != "headers")];
        source["oneOf"] = new JsonArray([.. ways.Select(Given)]);
        source["dependentRequired"] = new JsonObject { ["headers"] = new JsonArray("fromUrl") };
        source.Insert(0, "description", "Where the secret is read, at the moment it is used.");
        return source;
    }

    private static JsonObject Map(FieldType.MapOf map, bool orNull)
    {
        var schema = new JsonObject { ["type"] = Types(orNull, "object"), ["additionalProperties"] = Of(map.Value, orNull: true) };
        if (Patterns.TryGetValue(map.Key, out string? pattern))
        {
            schema["propertyNames"] = new JsonObject { ["pattern"] = Anchored(pattern, orEmpty: false) };
        }

        return schema;
    }

    private static JsonNode Types(bool orNull, params string[] names) =>
        names.Length == 1 && !orNull ? names[0] : new JsonArray([.. names.Select(name => (JsonNode?)name), .. orNull ? [(JsonNode?)"null"] : Array.Empty<JsonNode?>()]);
}
