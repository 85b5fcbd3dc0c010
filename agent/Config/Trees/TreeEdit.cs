namespace Slipway.Config;

/// <summary>Changes values of a tree by a dotted path; a tree is never changed in place.</summary>
internal static class TreeEdit
{
    /// <summary>The text at a path; null where there is none.</summary>
    public static string? TextAt(this MappingNode root, string path) => (root.Reach(path) as ScalarNode)?.Raw;

    /// <summary>The tree with a value at a path; mappings on the way are made where they are absent.</summary>
    public static MappingNode Put(this MappingNode root, string path, ConfigNode value)
    {
        int dot = path.IndexOf('.');
        string key = dot < 0 ? path : path[..dot];
        MappingEntry entry = root.Entry(key) ?? new MappingEntry(key, value.At, new NullNode(value.At));
        ConfigNode inner = dot < 0 ? value : (entry.Value as MappingNode ?? new MappingNode(value.At, [])).Put(path[(dot + 1)..], value);
        MappingEntry[] others = [.. root.Entries.TakeWhile(e => e.Key != key)];
        return root with { Entries = [.. others, entry with { Value = inner }, .. root.Entries.Skip(others.Length + 1)] };
    }

    /// <summary>The tree with a value at a path where none is; as it is where there is one, or nothing to put.</summary>
    public static MappingNode Fill(this MappingNode root, string path, ConfigNode? value) =>
        value is null || root.Reach(path) is not null ? root : root.Put(path, value);

    /// <summary>The tree without the entry at a path.</summary>
    public static MappingNode Without(this MappingNode root, string path)
    {
        int dot = path.IndexOf('.');
        return dot < 0
            ? root with { Entries = [.. root.Entries.Where(e => e.Key != path)] }
            : root.Find(path[..dot]) is MappingNode inner ? root.Put(path[..dot], inner.Without(path[(dot + 1)..])) : root;
    }
}
