using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>What others had at a path of ours: described in the ledger, its content kept aside, and put back on removal.</summary>
internal static class Replaced
{
    /// <summary>Where replaced files are kept, named for the SHA-256 of their content.</summary>
    public const string Folder = "/var/lib/slipway/replaced";

    private const string Digest = "sha256:";
    private const string Link = "link:";

    /// <summary>What stands at a path: <c>sha256:HEX MODE UID:GID</c> of a file, <c>link:TARGET</c> of a link, empty for nothing.</summary>
    public static string Describe(FileTree files, string path) => files.Status(path) switch
    {
        { Kind: FileKind.File, Mode: var mode } => $"{Digest}{files.Sha256(path)} {Modes.Octal(mode)} {files.OwnerOf(path)}",
        { Kind: FileKind.Link, LinkTarget: var target } => Link + target,
        _ => "",
    };

    /// <summary>The SHA-256 of a file that was described, in lower-case hex; empty where it was none.</summary>
    public static string DigestOf(string description) => description.StartsWith(Digest, StringComparison.Ordinal) ? description[Digest.Length..].Split(' ')[0] : "";

    /// <summary>Where the content of a file that was described is kept.</summary>
    public static string PlaceOf(string description) => $"{Folder}/{DigestOf(description)}";

    /// <summary>Keeps a file's content aside before it is replaced; links need none of it.</summary>
    public static void Keep(FileTree files, string path)
    {
        if (files.Status(path) is { Kind: FileKind.File } && PlaceOf(Describe(files, path)) is var place && files.Status(place) is null)
        {
            files.CreateDirectory(Folder, Modes.Mode700);
            Copy(files, path, place, Modes.Mode600);
        }
    }

    /// <summary>Whether what was described could be put back.</summary>
    public static bool IsKept(FileTree files, string description) =>
        description.StartsWith(Link, StringComparison.Ordinal) || (DigestOf(description).Length > 0 && files.Status(PlaceOf(description)) is { Kind: FileKind.File });

    /// <summary>Puts back what stood at a path, with its mode and owner, in place of what is there now.</summary>
    /// <exception cref="FailureException">When that fails; what was kept is still kept then.</exception>
    public static void PutBack(FileTree files, string path, string description)
    {
        if (description.StartsWith(Link, StringComparison.Ordinal))
        {
            files.Link(path, description[Link.Length..]);
            return;
        }
        // An earlier version did not record the owner.
        var parts = description.Split(' ');
        Copy(files, PlaceOf(description), path, (UnixFileMode)Convert.ToInt32(parts[1], 8), parts.Length > 2 ? Owner.Parse(parts[2]) : null);
    }

    private static void Copy(FileTree files, string from, string to, UnixFileMode mode, Owner? owner = null)
    {
        using var source = files.OpenRead(from) ?? throw new FailureException(new Failure("host.io", $"{from} is gone"));
        using var file = files.Create(to, mode, owner);
        var buffer = new byte[64 * 1024];
        for (int read; (read = Guard.Io(() => source.Read(buffer))) > 0;)
        {
            file.Write(buffer.AsSpan(0, read));
        }
        file.Commit();
    }
}
