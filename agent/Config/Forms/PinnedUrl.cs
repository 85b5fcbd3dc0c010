namespace Slipway.Config;

/// <summary>An address with the digest of the bytes that are there: <c>https://host/path#sha256=HEX</c>.</summary>
/// <param name="Address">The address without the digest; it may carry credentials.</param>
/// <param name="Sha256">64 hexadecimal digits in lower case.</param>
internal sealed record PinnedUrl(Url Address, string Sha256)
{
    private const string Mark = "#sha256=";

    /// <summary>Parses an http or https address with its digest; null when it is not one.</summary>
    public static PinnedUrl? TryParse(string text)
    {
        int mark = text.IndexOf(Mark, StringComparison.Ordinal);
        if (mark < 0)
        {
            return null;
        }

        string digest = text[(mark + Mark.Length)..];
        return digest.Length == 64 && digest.All(char.IsAsciiHexDigit) && Url.TryParse(text[..mark], "https", "http") is { } address
            ? new PinnedUrl(address, digest.ToLowerInvariant())
            : null;
    }

    /// <summary>The form it was parsed from, without credentials.</summary>
    public override string ToString() => $"{Address}{Mark}{Sha256}";
}
