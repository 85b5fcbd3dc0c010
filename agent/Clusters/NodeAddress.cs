using System.Net;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Clusters;

/// <summary>The address under which a node is known in its cluster.</summary>
internal static class NodeAddress
{
    /// <summary>Chooses it.</summary>
    /// <param name="wanted">What the configuration says.</param>
    /// <param name="endpoint">The API server: by default the source address of the route to it is taken.</param>
    /// <returns>One address, or two of different families, as the kubelet's <c>--node-ip</c> takes them.</returns>
    /// <exception cref="FailureException"><c>node.ip-not-found</c>.</exception>
    public static string Choose(NodeIp wanted, HostPort endpoint) => wanted switch
    {
        NodeIp.Addresses given => string.Join(',', given.List.Select(Own)),
        NodeIp.InCidr network => Network.Addresses().FirstOrDefault(own => IPNetwork.Parse(Masked(network.Cidr)).Contains(own.Address)) is { Address: { } inside }
            ? inside.ToString()
            : throw NotFound($"no address of this node lies in {network.Cidr}"),
        NodeIp.OfInterface named => Network.Addresses().FirstOrDefault(own => own.Interface == named.Name) is { Address: { } its }
            ? its.ToString()
            : throw NotFound($"the interface {named.Name} has no address"),
        _ => Network.SourceToward(endpoint.Host, endpoint.Port ?? 6443)?.ToString() ?? throw NotFound($"there is no route to {endpoint}"),
    };

    private static string Own(IPAddress address) => Network.Addresses().Any(own => own.Address.Equals(address))
        ? address.ToString()
        : throw NotFound($"{address} is not an address of this node");

    // The framework refuses bits after the prefix; people write 10.0.0.7/24 for the network that 10.0.0.7 is in.
    private static string Masked(string cidr)
    {
        var (address, bits) = (IPAddress.Parse(cidr.Split('/')[0]).GetAddressBytes(), int.Parse(cidr.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture));
        for (var bit = bits; bit < address.Length * 8; bit++)
        {
            address[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return $"{new IPAddress(address)}/{bits}";
    }

    private static FailureException NotFound(string why) => new(new Failure("node.ip-not-found",
        $"{why}; this node has {string.Join(", ", Network.Addresses().Select(own => $"{own.Address} ({own.Interface})"))}"));
}
