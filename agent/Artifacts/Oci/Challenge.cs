using System.Net.Http.Headers;

namespace Slipway.Artifacts.Oci;

/// <summary>How a registry wants to be asked: the parameters of a <c>WWW-Authenticate: Bearer</c> header.</summary>
/// <param name="parameters">Such as <c>realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"</c>.</param>
/// <remarks>https://distribution.github.io/distribution/spec/auth/token/</remarks>
internal sealed class Challenge(string parameters)
{
    /// <summary>The challenge of a scheme among those of an answer; null when it is not there.</summary>
    public static Challenge? Of(HttpResponseMessage response, string scheme)
    {
        foreach (AuthenticationHeaderValue offer in response.Headers.WwwAuthenticate)
        {
            if (offer.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return new Challenge(offer.Parameter ?? "");
            }
        }
        return null;
    }

    /// <summary>Where to ask for a token; null when no usable address is named.</summary>
    public Uri? TokenUrl()
    {
        if (!Uri.TryCreate(Parameter("realm"), UriKind.Absolute, out var realm))
        {
            return null;
        }
        var query = realm.Query;
        foreach (var name in (string[])["service", "scope"])
        {
            if (Parameter(name) is { } value)
            {
                query += (query.Length > 1 ? "&" : "?") + name + "=" + Uri.EscapeDataString(value);
            }
        }
        return new Uri(realm.GetLeftPart(UriPartial.Path) + query);
    }

    /// <summary>The value of a parameter, in quotes or bare; null when it is not given.</summary>
    private string? Parameter(string name)
    {
        for (var at = 0; (at = parameters.IndexOf(name + "=", at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            if (at > 0 && parameters[at - 1] is not (',' or ' '))
            {
                continue;
            }
            var value = parameters.AsSpan(at + name.Length + 1);
            var isQuoted = value.StartsWith("\"");
            value = isQuoted ? value[1..] : value;
            var end = value.IndexOf(isQuoted ? '"' : ',');
            return (end < 0 ? value : value[..end]).Trim().ToString();
        }
        return null;
    }
}
