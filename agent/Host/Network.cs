using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Slipway.Hosting;

/// <summary>The node's own addresses and routes.</summary>
internal static class Network
{
    /// <summary>Every address of every interface that is up, without loopback and link-local ones.</summary>
    public static IReadOnlyList<OwnAddress> Addresses() =>
        [.. from card in NetworkInterface.GetAllNetworkInterfaces()
            where card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
            from own in card.GetIPProperties().UnicastAddresses.Select(own => new OwnAddress(card.Name, own.Address))
            where !IPAddress.IsLoopback(own.Address) && !own.Address.IsIPv6LinkLocal
                && !own.Address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
            select own];

    /// <summary>The address that packets toward a host would carry; null without a route or a name that resolves.</summary>
    public static IPAddress? SourceToward(string host, int port)
    {
        IPAddress[] addresses;
        try
        {
            addresses = Dns.GetHostAddresses(host);
        }
        catch (SocketException)
        {
            return null;
        }
        foreach (var address in addresses)
        {
            try
            {
                // Connecting a datagram socket asks the routing table and sends nothing.
                using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(address, port);
                return ((IPEndPoint)socket.LocalEndPoint!).Address;
            }
            catch (SocketException)
            {
                // No route of this family; the name may have an address of the other.
            }
        }
        return null;
    }

    /// <summary>Why a TCP connection to a host cannot be made; null when it can.</summary>
    public static async Task<string?> UnreachableAsync(string host, int port, TimeSpan timeout, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, deadline.Token);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"no connection within {timeout.TotalSeconds:0} s";
        }
    }
}

/// <summary>An address of this node.</summary>
/// <param name="Interface">The network interface that has it.</param>
/// <param name="Address">The address.</param>
internal sealed record OwnAddress(string Interface, IPAddress Address);
