namespace Slipway.Config;

/// <summary>Where in the schema a field's name is known, for a field that was written in the wrong mapping.</summary>
internal static class SchemaPaths
{
    private static readonly Dictionary<string, string?> Parents = Collect();

    /// <summary>The path of the only mapping that has a field of this name; null when none has, or several.</summary>
    public static string? Of(string name) => Parents.GetValueOrDefault(name);

    private static Dictionary<string, string?> Collect()
    {
        var parents = new Dictionary<string, string?>(StringComparer.Ordinal);
        Walk(NodeConfigSchema.Root, "", parents);
        return parents;
    }

    private static void Walk(FieldType.Section section, string path, Dictionary<string, string?> parents)
    {
        foreach (Field field in section.Fields)
        {
            parents[field.Name] = parents.ContainsKey(field.Name) || path.Length == 0 ? null : path;
            if (field.Type is FieldType.Section inner)
            {
                Walk(inner, ConfigPath.Join(path, field.Name), parents);
            }
        }
    }
}
