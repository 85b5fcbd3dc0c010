namespace Slipway.Config;

/// <summary>What reading one user data has brought in so far, part by part.</summary>
/// <param name="instance">What its source says of the machine, for templates.</param>
/// <param name="written">Reads a file that cloud-init may have written, by its absolute path; null where there is none to read.</param>
internal sealed class Harvest(InstanceData? instance, Func<string, ReadOnlyMemory<byte>?>? written)
{
    /// <summary>Documents for this node, in order.</summary>
    public List<ConfigNode> Documents { get; } = [];

    /// <summary>Mistakes in what is meant for this node.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>What cannot be read and may be meant for this node: mistakes, unless something else holds its configuration.</summary>
    public List<Problem> Unreadable { get; } = [];

    /// <summary>Oddities that were put up with.</summary>
    public List<Problem> Warnings { get; } = [];

    /// <summary>What the user data is instead, a clause for each part that holds nothing for this node.</summary>
    public List<string> Others { get; } = [];

    /// <summary>Lists of commands, and scripts, that cloud-init runs.</summary>
    public List<ConfigNode> Commands { get; } = [];

    /// <summary>Files that cloud-init writes and that a command may run, by path.</summary>
    public Dictionary<string, string> Scripts { get; } = new(StringComparer.Ordinal);

    /// <summary>What the source says of the machine.</summary>
    public InstanceData Instance { get; } = instance ?? InstanceData.None;

    /// <summary>The text of a file that cloud-init wrote; null where it did not, or it is no text.</summary>
    public string? Written(string path) =>
        path.StartsWith('/') && written?.Invoke(path) is { IsEmpty: false } bytes ? Utf8Text.Decode(bytes.Span, new TextOrigin("", path), out _) : null;

    /// <summary>Everything together.</summary>
    public UserDataResult Result()
    {
        bool joins = Commands.Exists(list => Runcmd.Joins(list, Scripts));
        return this switch
        {
            { Problems.Count: > 0 } => new UserDataResult.Malformed(
                [.. Problems, .. Documents.SelectMany(document => NodeConfigReader.Check(document))], joins, Warnings),
            { Documents.Count: > 0 } => new UserDataResult.Found(Documents, joins, [.. Warnings, .. Unreadable]),
            // What cannot be read may be what holds the configuration: never boot without it in silence.
            { Unreadable.Count: > 0 } => new UserDataResult.Malformed(Unreadable, joins, Warnings),
            _ => new UserDataResult.NoDocuments(string.Join("; ", Others.Distinct().Take(5)), joins, Warnings),
        };
    }
}
