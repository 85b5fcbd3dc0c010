namespace Slipway.Config;

/// <summary>Where in the schema a field's name is known, for a field that was written in the wrong mapping.</summary>
internal static class SchemaPaths
{
    /// <summary>The path of the only mapping of a schema that has a field of this name; null when none has, or several.</summary>
    public static string? Of(string name, FieldType.Section root)
    {
        var parents = new Dictionary<string, string?>(StringComparer.Ordinal);
        Walk(root, "", parents);
        return parents.GetValueOrDefault(name);
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
