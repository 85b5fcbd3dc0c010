using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Config;

/// <summary>How the node's own address is chosen: <see cref="Auto"/>, <see cref="Addresses"/>, <see cref="InCidr"/>, <see cref="OfInterface"/>.</summary>
internal abstract record NodeIp
{
    private NodeIp()
    {
    }

    /// <summary>The source address of the route to the API server.</summary>
    internal sealed record Auto : NodeIp;

    /// <summary>One address, or one of each family, the first being the primary.</summary>
    /// <param name="List">One or two addresses.</param>
    internal sealed record Addresses(IReadOnlyList<IPAddress> List) : NodeIp;

    /// <summary>The node's address inside a network.</summary>
    /// <param name="Cidr">Such as <c>10.0.0.0/16</c>.</param>
    internal sealed record InCidr(string Cidr) : NodeIp;

    /// <summary>The address of a network interface.</summary>
    /// <param name="Name">The interface's name: at most 15 characters.</param>
    internal sealed record OfInterface(string Name) : NodeIp;

    /// <summary>Parses <c>auto</c>, <c>10.0.0.7</c>, <c>10.0.0.7,fd00::7</c>, <c>10.0.0.0/16</c>, <c>interface:eth0</c>; null when it is none of them.</summary>
    public static NodeIp? TryParse(string text)
    {
        if (text == "auto")
        {
            return new Auto();
        }

        if (text.StartsWith("interface:", StringComparison.Ordinal))
        {
            string name = text["interface:".Length..];
            return name.Length is > 0 and <= 15 && !name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c)) ? new OfInterface(name) : null;
        }

        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IsCidr(text) ? new InCidr(text) : null;
        }

        IPAddress?[] list = [.. text.Split(',').Select(part => Address(part.Trim()))];
        return list.Length switch
        {
            1 when list[0] is { } only => new Addresses([only]),
            2 when list[0] is { } first && list[1] is { } second && first.AddressFamily != second.AddressFamily => new Addresses([first, second]),
            _ => null,
        };
    }

    /// <summary>An address written in full; short forms such as <c>10.1</c>, leading zeroes and scopes are not addresses here.</summary>
    public static IPAddress? Address(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6
            ? text.Contains(':', StringComparison.Ordinal) && !text.AsSpan().ContainsAny("[]%")
            : address.ToString() == text)
            ? address
            : null;

    /// <summary>Whether a text is a network: an address and a prefix length that fits its family, no bits set behind the prefix.</summary>
    public static bool IsCidr(string text) => Network(text) is { } network && network.Equals(Address(text[..text.IndexOf('/', StringComparison.Ordinal)]));

    /// <summary>Whether a text is one network, or two of different families with a comma between.</summary>
    public static bool IsCidrs(string text)
    {
        string[] parts = text.Split(',');
        return parts.Length <= 2 && parts.All(part => IsCidr(part.Trim()))
            && (parts.Length == 1 || parts[0].Contains(':', StringComparison.Ordinal) != parts[1].Contains(':', StringComparison.Ordinal));
    }

    /// <summary>The network, or the list of networks, that an address with a prefix length lies in: <c>10.0.0.0/16</c> for <c>10.0.0.7/16</c>; null when it is none.</summary>
    public static string? Masked(string text)
    {
        string?[] parts = [.. text.Split(',').Select(part => Network(part.Trim()) is { } network ? $"{network}/{Prefix(part.Trim())}" : null)];
        string masked = string.Join(',', parts);
        return parts.Contains(null) || !IsCidrs(masked) ? null : masked;
    }

    private static IPAddress? Network(string text)
    {
        if (Prefix(text) is not { } bits)
        {
            return null;
        }

        byte[] address = Address(text[..text.IndexOf('/', StringComparison.Ordinal)])!.GetAddressBytes();
        for (int i = 0; i < address.Length; i++)
        {
            address[i] &= (byte)(0xFF00 >> Math.Clamp(bits - (i * 8), 0, 8));
        }

        return new IPAddress(address);
    }

    private static int? Prefix(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && text.Length - slash is 2 or 3 or 4 && (text[slash + 1] != '0' || text.Length - slash == 2) && Address(text[..slash]) is { } address
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits)
            && bits <= (address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)
            ? bits
            : null;
    }
}
