namespace Slipway.Config;

/// <summary>Names of container images (https://github.com/distribution/reference: <c>[HOST[:PORT]/]PATH[:TAG][@sha256:HEX]</c>).</summary>
internal static class ImageName
{
    /// <summary>Whether a text names an image, with or without host, tag and digest.</summary>
    public static bool IsReference(string text)
    {
        int digest = text.IndexOf('@', StringComparison.Ordinal);
        string name = digest < 0 ? text : text[..digest];
        int tag = name.LastIndexOf(':');
        // Behind the last slash a colon begins a tag, before it a port.
        bool tagged = tag > name.LastIndexOf('/');
        return (digest < 0 || IsDigest(text[(digest + 1)..]))
            && (!tagged || IsTag(name[(tag + 1)..]))
            && IsRepository(tagged ? name[..tag] : name);
    }

    /// <summary>Whether a text is an image's name, or the first part of one, without tag and digest.</summary>
    public static bool IsRepository(string text)
    {
        string[] parts = text.Split('/');
        // As for containerd: the first part is a host when it looks like one.
        bool host = parts[0].AsSpan().ContainsAny(".:") || parts[0] == "localhost";
        return text.Length <= 255 && (!host || HostPort.TryParse(parts[0]) is not null)
            && parts.Skip(host ? 1 : 0).All(IsPathPart);
    }

    private static bool IsDigest(string text) => text.StartsWith("sha256:", StringComparison.Ordinal) && text.Length == 71
        && text.Skip(7).All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    private static bool IsTag(string text) => text.Length is > 0 and <= 128 && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>Letters and digits, in groups separated by <c>.</c>, <c>_</c>, <c>__</c> or hyphens.</summary>
    private static bool IsPathPart(string text)
    {
        if (text.Length == 0 || !IsWord(text[0]) || !IsWord(text[^1]))
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            bool fits = text[i] switch
            {
                '-' => IsWord(text[i - 1]) || text[i - 1] == '-',
                '.' => IsWord(text[i - 1]) && IsWord(text[i + 1]),
                '_' => IsWord(text[i - 1]) || (text[i - 1] == '_' && IsWord(text[i + 1])),
                var c => IsWord(c),
            };
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
