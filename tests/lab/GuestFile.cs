namespace Slipway.Lab;

/// <summary>Something put into a machine's file system before it starts.</summary>
/// <param name="Path">Absolute path in the machine.</param>
public abstract record GuestFile(string Path)
{
    /// <summary>A copy of a file of this machine.</summary>
    public sealed record Copy(string Path, string Source, UnixFileMode Mode) : GuestFile(Path);

    /// <summary>A text.</summary>
    public sealed record Text(string Path, string Content, UnixFileMode Mode) : GuestFile(Path);

    /// <summary>A symbolic link.</summary>
    public sealed record Link(string Path, string Target) : GuestFile(Path);

    /// <summary>0755: a program.</summary>
    public const UnixFileMode Program = PublicFile | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>0644: a file anybody may read.</summary>
    public const UnixFileMode PublicFile = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>What the agent's package would install: binary, units (enabled as their [Install] says), catalog.</summary>
    /// <param name="binary">The published agent.</param>
    /// <param name="packaging">The <c>packaging</c> folder, with <c>systemd/</c> and <c>catalog/</c>; null installs the binary alone.</param>
    public static IReadOnlyList<GuestFile> ForAgent(string binary, string? packaging)
    {
        List<GuestFile> files = [new Copy("/usr/bin/slipway", System.IO.Path.GetFullPath(binary), Program)];
        if (packaging is null)
        {
            return files;
        }
        foreach (string unit in In(System.IO.Path.Combine(packaging, "systemd")))
        {
            string name = System.IO.Path.GetFileName(unit);
            files.Add(new Copy("/usr/lib/systemd/system/" + name, unit, PublicFile));
            foreach (string target in File.ReadLines(unit).Where(l => l.StartsWith("WantedBy=", StringComparison.Ordinal)).SelectMany(l => l["WantedBy=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                files.Add(new Link($"/etc/systemd/system/{target}.wants/{name}", "/usr/lib/systemd/system/" + name));
            }
        }
        files.AddRange(In(System.IO.Path.Combine(packaging, "catalog")).Select(c => new Copy("/usr/lib/systemd/catalog/" + System.IO.Path.GetFileName(c), c, PublicFile)));
        return files;
    }

    /// <summary>Text that says all there is to know of it, for cache keys.</summary>
    internal string Identity => this switch
    {
        Copy copy => $"{copy.Path} {copy.Mode} {LabCache.Hash([], copy.Source)}",
        Text text => $"{text.Path} {text.Mode} {text.Content}",
        Link link => $"{link.Path} -> {link.Target}",
        _ => throw new InvalidOperationException(),
    };

    private static IEnumerable<string> In(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal) : [];
}
