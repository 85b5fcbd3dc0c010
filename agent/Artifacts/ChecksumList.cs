namespace Slipway.Artifacts;

/// <summary>
/// A checksum file in any of the forms in use: the bare hex of one file, <c>HEX  FILE</c>, <c>HEX *FILE</c>, <c>SHA256(FILE)= HEX</c>,
/// or a list of such lines signed in clear text.
/// </summary>
internal static class ChecksumList
{
    private const string SignedBegin = "-----BEGIN PGP SIGNED MESSAGE-----";
    private const string SignatureBegin = "-----BEGIN PGP SIGNATURE-----";
    private const int Longest = 64 * 1024;

    /// <summary>The SHA-256 of a file, lower-case hex.</summary>
    /// <param name="text">The checksum file.</param>
    /// <param name="file">The file's own name, without folders: lists name it with and without.</param>
    /// <exception cref="FormatException">It is empty, a web page, too long, of another form, ambiguous, or does not name the file.</exception>
    public static string Find(string text, string file)
    {
        if (text.Length > Longest)
        {
            throw new FormatException($"no checksum file is as long as this ({text.Length} characters)");
        }
        string? found = null, bare = null;
        var (names, headers) = (0, false);
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line == SignatureBegin)
            {
                break;
            }
            if (line == SignedBegin || headers)
            {
                // Of the armour the headers, such as "Hash: SHA256", end at the first empty line.
                headers = line.Length > 0;
                continue;
            }
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }
            if (line[0] == '<')
            {
                throw new FormatException("it is a web page");
            }
            var (hex, name) = Read(line.StartsWith("- ", StringComparison.Ordinal) ? line[2..] : line);
            if (name.Length == 0)
            {
                bare = bare is null ? hex : throw new FormatException("it has several digests and names no file");
                continue;
            }
            names++;
            if (Path.GetFileName(name) == file)
            {
                found = found is null || found == hex ? hex : throw new FormatException($"it has different digests for {file}");
            }
        }
        return (bare, names, found) switch
        {
            (null, 0, _) => throw new FormatException("it is empty"),
            ({ } only, 0, _) => only,
            (not null, _, _) => throw new FormatException("it has digests with and without a file name"),
            (_, _, { } named) => named,
            _ => throw new FormatException($"it does not name {file}"),
        };
    }

    private static (string Hex, string Name) Read(string line)
    {
        string hex, name;
        if (line.StartsWith("SHA256", StringComparison.Ordinal) && line.IndexOf('(', StringComparison.Ordinal) is > 0 and var open
            && line.LastIndexOf(')') is > 0 and var close && close > open)
        {
            (hex, name) = (line[(close + 1)..].TrimStart().TrimStart('=').TrimStart(), line[(open + 1)..close]);
        }
        else
        {
            var end = line.AsSpan().IndexOfAny(' ', '\t');
            (hex, name) = end < 0 ? (line, "") : (line[..end], line[end..].TrimStart().TrimStart('*'));
        }
        hex = hex.ToLowerInvariant();
        return Digests.IsSha256(hex) ? (hex, name) : throw new FormatException($"\"{line[..Math.Min(line.Length, 40)]}\" is no line with a SHA-256");
    }
}
