using System.Net;

namespace Slipway.Hosting;

/// <summary>Which proxy a request goes through: the operator's for its scheme, else the environment's; never one for this machine or its metadata service.</summary>
/// <param name="reach">What the operator says.</param>
/// <param name="environment">What the environment says; null reads it.</param>
internal sealed class ProxyChoice(Reach reach, IWebProxy? environment = null) : IWebProxy, ICredentials
{
    // The instance metadata service answers on the link only: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    private static readonly string[] Never = ["localhost", "127.0.0.0/8", "::1", "169.254.169.254", "fd00:ec2::254"];

    private readonly IWebProxy environment = environment ?? HttpClient.DefaultProxy;
    private readonly Uri? http = Parse(reach.HttpProxy);
    private readonly Uri? https = Parse(reach.HttpsProxy);

    /// <inheritdoc/>
    public ICredentials? Credentials { get => this; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) =>
        !IsBypassed(destination) && (Own(destination) ?? environment.GetProxy(destination)) is { } proxy
            // The client's own messages name the proxy; its credentials are asked for apart.
            ? new UriBuilder(proxy) { UserName = "", Password = "" }.Uri
            : null;

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => Never.Any(entry => Matches(entry, host)) || reach.NoProxy.Any(entry => Matches(entry, host))
        || (Own(host) is null && environment.IsBypassed(host));

    /// <inheritdoc/>
    public NetworkCredential? GetCredential(Uri uri, string authType)
    {
        var proxy = ((Uri?[])[http, https]).FirstOrDefault(own => own?.Authority == uri.Authority && own.UserInfo.Length > 0);
        var parts = proxy?.UserInfo.Split(':', 2);
        return parts is null
            ? environment.Credentials?.GetCredential(uri, authType)
            : new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    /// <summary>Whether an entry of a no-proxy list is for a destination, as Go's httpproxy and with it Kubernetes read such lists.</summary>
    /// <remarks>https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config</remarks>
    internal static bool Matches(string entry, Uri destination)
    {
        if (entry == "*")
        {
            return true;
        }
        var host = destination.IdnHost.TrimEnd('.');
        if (IPAddress.TryParse(host, out var address) && IPAddress.TryParse(entry.Split('/')[0].Trim('[', ']'), out var network))
        {
            var bits = entry.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && int.TryParse(entry.AsSpan(slash + 1), out var length) ? length : 128;
            return IsInside(address.GetAddressBytes(), network.GetAddressBytes(), bits);
        }
        if (entry.LastIndexOf(':') is > 0 and var colon && int.TryParse(entry.AsSpan(colon + 1), out var port))
        {
            return port == destination.Port && Matches(entry[..colon], destination);
        }
        var domain = entry.TrimStart('*');
        return host.Equals(domain, StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(domain.StartsWith('.') ? domain : "." + domain, StringComparison.OrdinalIgnoreCase);
    }

    private Uri? Own(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? https : http;

    private static Uri? Parse(string? proxy) => proxy is { Length: > 0 } ? new Uri(proxy) : null;

    private static bool IsInside(byte[] address, byte[] network, int bits)
    {
        if (address.Length != network.Length)
        {
            return false;
        }
        for (var at = 0; at < address.Length && bits > 0; at++, bits -= 8)
        {
            var mask = bits >= 8 ? 0xff : 0xff << (8 - bits);
            if (((address[at] ^ network[at]) & mask & 0xff) != 0)
            {
                return false;
            }
        }
        return true;
    }
}
