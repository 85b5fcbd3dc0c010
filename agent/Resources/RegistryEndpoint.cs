using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>A server that containerd asks for a registry's images.</summary>
/// <param name="Url">Its address without credentials; empty for whichever registry an image names.</param>
/// <param name="OverridesPath">Whether the address has the path of the registry's API in it.</param>
/// <param name="Credentials">What it is shown; null for nothing.</param>
internal sealed record RegistryEndpoint(string Url, bool OverridesPath, SecretRef? Credentials)
{
    /// <summary>
    /// A mirror as containerd takes it. <c>oci://HOST/PREFIX</c> has its images below a prefix of their names, which in the registry's API comes
    /// behind <c>/v2</c>; an <c>https://</c> address means what it means to containerd, which adds <c>/v2</c> to a path that has none.
    /// </summary>
    public static RegistryEndpoint Of(Mirror mirror)
    {
        var address = new Uri(mirror.Url.Reveal());
        var path = address.AbsolutePath.TrimEnd('/');
        // As for docker and containerd: a registry on this very machine is plain http.
        var scheme = address.Scheme != "oci" ? address.Scheme : address.IsLoopback ? "http" : "https";
        path = address.Scheme == "oci" && path.Length > 0 ? "/v2" + path : path;
        var credentials = mirror.Credentials ?? (AuthorizationHeader.In(address) is { } own ? new SecretRef.Literal(new Secret<string>(own)) : null);
        return new RegistryEndpoint($"{scheme}://{address.Authority}{path}", $"{path}/".Contains("/v2/", StringComparison.Ordinal), credentials);
    }
}
