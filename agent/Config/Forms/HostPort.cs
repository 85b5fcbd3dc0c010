using System.Globalization;

namespace Slipway.Config;

/// <summary>A host and a port, the way kubeadm writes endpoints.</summary>
/// <param name="Host">A DNS name or an address; an IPv6 address without its brackets.</param>
/// <param name="Port">1 to 65535, or null where the text had none.</param>
internal sealed record HostPort(string Host, int? Port)
{
    /// <summary>Parses <c>host</c>, <c>host:port</c>, <c>[v6]</c>, <c>[v6]:port</c>; null when it is none of them.</summary>
    public static HostPort? TryParse(string text)
    {
        int colon = text.LastIndexOf(':');
        int bracket = text.LastIndexOf(']');
        string host = colon > bracket ? text[..colon] : text;
        int? port = null;
        if (colon > bracket)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65535)
            {
                return null;
            }

            port = number;
        }

        if (host.StartsWith('['))
        {
            return host.EndsWith(']') && host.Contains(':', StringComparison.Ordinal) && NodeIp.Address(host[1..^1]) is not null
                ? new HostPort(host[1..^1], port)
                : null;
        }

        // Digits and dots alone are an address or nothing: 10.0.0.256 is no DNS name.
        bool numeric = host.All(c => char.IsAsciiDigit(c) || c == '.');
        return (numeric ? NodeIp.Address(host) is not null : NameForms.IsDnsName(host.ToLowerInvariant())) ? new HostPort(host, port) : null;
    }

    /// <summary>The form it was parsed from.</summary>
    public override string ToString()
    {
        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return Port is null ? host : $"{host}:{Port}";
    }
}
