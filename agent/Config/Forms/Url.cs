namespace Slipway.Config;

/// <summary>An address that may carry credentials; those it never prints.</summary>
internal sealed record Url
{
    private readonly string value;

    private Url(string value) => this.value = value;

    /// <summary>Parses an absolute address with a host and one of some schemes; null when it is not one.</summary>
    /// <param name="text">Such as <c>https://mirror.example/</c>.</param>
    /// <param name="schemes">The schemes allowed, in lower case: <c>https</c>, <c>http</c>, <c>oci</c>, ….</param>
    public static Url? TryParse(string text, params ReadOnlySpan<string> schemes) =>
        !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
        && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && schemes.Contains(uri.Scheme) && uri.Host.Length > 0
            ? new Url(text)
            : null;

    /// <summary>The scheme in lower case.</summary>
    public string Scheme => new Uri(value).Scheme;

    /// <summary>The whole address with whatever credentials it has.</summary>
    public string Reveal() => value;

    /// <summary>The address with <c>***</c> for a user, a password and a query.</summary>
    public override string ToString() => Redact(value);

    /// <summary>Any text with the user part and the query of an address in it replaced.</summary>
    public static string Redact(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return text;
        }

        int host = scheme + 3;
        int path = text.AsSpan(host).IndexOfAny("/?#");
        int user = text.AsSpan(host, path < 0 ? text.Length - host : path).LastIndexOf('@');
        if (user < 0 && path >= 0 && text.AsSpan(host, path) is var authority && authority.LastIndexOf(':') is >= 0 and var colon
            && !authority.EndsWith("]") && authority[(colon + 1)..].ContainsAnyExceptInRange('0', '9'))
        {
            // What looks like a port and is none is the beginning of a password with a slash in it.
            user = text.AsSpan(host).LastIndexOf('@');
        }

        string plain = user < 0 ? text : string.Concat(text.AsSpan(0, host), "***", text.AsSpan(host + user));
        int query = plain.IndexOf('?', StringComparison.Ordinal);
        int fragment = query < 0 ? -1 : plain.IndexOf('#', query);
        return query < 0 ? plain : string.Concat(plain.AsSpan(0, query), "?***", fragment < 0 ? "" : plain.AsSpan(fragment));
    }
}
