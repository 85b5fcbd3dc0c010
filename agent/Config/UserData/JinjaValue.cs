using System.Globalization;

namespace Slipway.Config;

/// <summary>The values that a template may name: <c>ds.meta_data.…</c>, <c>v1.…</c>, and the keys of v1 by themselves.</summary>
internal static class JinjaValue
{
    private const string Redacted = "redacted for non-root user";

    /// <summary>The text that an expression stands for; null where it is none that is rendered.</summary>
    /// <param name="expression">What stands between the braces, trimmed.</param>
    /// <param name="instance">Where the values come from.</param>
    public static string? Of(string expression, InstanceData instance)
    {
        List<string>? names = Names(expression);
        if (names is null)
        {
            return null;
        }

        MappingNode? root = instance.V1;
        bool metadata = names[0] == "ds";
        if (metadata)
        {
            if (names.Count < 3 || names[1] != "meta_data")
            {
                return null;
            }

            (root, names) = (instance.MetaData, names[2..]);
        }
        else if (names[0] == "v1")
        {
            names.RemoveAt(0);
        }

        ConfigNode? node = root;
        foreach (string name in names)
        {
            node = node switch
            {
                MappingNode mapping => Find(mapping, name),
                SequenceNode list when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Items.Count => list.Items[index],
                _ => null,
            };
        }

        return node switch
        {
            // cloud-init keeps from others than root what it takes for secret.
            ScalarNode scalar when scalar.Raw.StartsWith(Redacted, StringComparison.Ordinal) => null,
            // Python's words.
            ScalarNode { Kind: ScalarKind.Boolean } flag => flag.Raw[0] is 't' or 'T' ? "True" : "False",
            ScalarNode scalar => scalar.Raw,
            null when names.Count == 1 => names[0] switch
            {
                "local_hostname" or "local-hostname" when metadata => instance.LocalHostname,
                // What the metadata calls so may be a full name; cloud-init's own name of it is the first label.
                "local_hostname" or "local-hostname" => instance.LocalHostname?.Split('.')[0],
                "hostname" when metadata => (root is null ? null : Find(root, "local_hostname") as ScalarNode)?.Raw ?? instance.LocalHostname,
                "instance_id" or "instance-id" => instance.InstanceId,
                _ => null,
            },
            _ => null,
        };
    }

    /// <summary>Why an expression stands for no text: a clause.</summary>
    public static string WhyNot(string expression, InstanceData instance)
    {
        if (expression.Contains('|', StringComparison.Ordinal))
        {
            return "filters are not rendered";
        }

        if (Names(expression) is not { } names || names is ["ds"] or ["ds", "meta_data"] or ["v1"] || names is ["ds", not "meta_data", ..])
        {
            return "this is not one of the forms that are rendered";
        }

        bool metadata = names[0] == "ds";
        string key = string.Join('.', metadata ? names[2..] : names[0] == "v1" ? names[1..] : names);
        string[] has = [.. ((metadata ? instance.MetaData : instance.V1)?.Entries ?? []).Select(entry => entry.Key).Take(20)];
        return $"{(metadata ? "the metadata" : "v1")} has no text {Quoting.Value(key)}; it has {(has.Length > 0 ? Quoting.Printable(string.Join(", ", has), 300) : "nothing")}";
    }

    /// <summary>A key's value; as in cloud-init, <c>_</c> stands for whatever jinja would take for an operator.</summary>
    private static ConfigNode? Find(MappingNode mapping, string name) =>
        mapping.Find(name) ?? mapping.Entries.FirstOrDefault(entry => entry.Key.Replace('-', '_').Replace('.', '_') == name)?.Value;

    /// <summary>The names of <c>a.b["c"][0]</c>; null where an expression is anything else.</summary>
    private static List<string>? Names(string expression)
    {
        var names = new List<string>();
        for (int i = 0; i < expression.Length || names.Count == 0;)
        {
            ReadOnlySpan<char> rest = expression.AsSpan(i);
            if (names.Count > 0 && rest[0] == '[')
            {
                int close = rest.IndexOf(']');
                ReadOnlySpan<char> key = close < 0 ? default : rest[1..close].Trim();
                bool quoted = key.Length > 2 && key[0] is '"' or '\'' && key[^1] == key[0] && key[1..^1].IndexOfAny(key[0], '\\') < 0;
                if (!quoted && (key.IsEmpty || key.IndexOfAnyExceptInRange('0', '9') >= 0))
                {
                    return null;
                }

                names.Add((quoted ? key[1..^1] : key).ToString());
                i += close + 1;
                continue;
            }

            bool dotted = rest.StartsWith('.');
            if (dotted != names.Count > 0)
            {
                return null;
            }

            int start = i + (dotted ? 1 : 0);
            int end = start;
            while (end < expression.Length && (char.IsAsciiLetterOrDigit(expression[end]) || expression[end] == '_'))
            {
                end++;
            }

            if (end == start || (char.IsAsciiDigit(expression[start]) && !dotted))
            {
                return null;
            }

            names.Add(expression[start..end]);
            i = end;
        }

        return names;
    }
}
