namespace Slipway.Config;

/// <summary>Keys of a <c>#cloud-config</c> that were meant as the ones a document is looked for in.</summary>
internal static class MisspeltCloudConfig
{
    /// <summary>What its author may have misspelt: a clause with its colon; empty where nothing looks so.</summary>
    /// <param name="root">The cloud-config, in which no document was found.</param>
    public static string Hint(MappingNode root)
    {
        if (root.Find("write_files") is null)
        {
            return root.Entries.FirstOrDefault(entry => NearestName.Of(entry.Key, ["write_files"]) is not null) is { } near
                ? $": {Quoting.Value(near.Key)} is no key of it; did you mean \"write_files\"?" : "";
        }

        List<ConfigNode> files = [.. (root.Find("write_files") as SequenceNode)?.Items ?? []];
        int at = files.FindIndex(file => file is MappingNode entry && entry.Find("content") is null && entry.Find("contents") is not null);
        return at >= 0 ? $": {ConfigPath.Item("write_files", at)} has \"contents\"; did you mean \"content\"?" : "";
    }
}
