using System.Net;
using System.Net.Sockets;

namespace Slipway.Lab;

/// <summary>Passes connections from another address of this machine on to a server on 127.0.0.1, whose port it shares.</summary>
/// <remarks>While the server is down, a caller gets a reset instead of a refusal: both mean that nobody is there.</remarks>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener listener;
    private readonly int port;

    public Relay(string address, int port)
    {
        this.port = port;
        listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        _ = AcceptAsync();
    }

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = PassAsync(await listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: no more callers.
        }
    }

    private async Task PassAsync(TcpClient caller)
    {
        using TcpClient server = new();
        using (caller)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, port).ConfigureAwait(false);
                NetworkStream there = server.GetStream(), here = caller.GetStream();
                await Task.WhenAny(CopyAsync(here, there, server), CopyAsync(there, here, caller)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                caller.LingerState = new LingerOption(true, 0);
            }
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, TcpClient target)
    {
        try
        {
            await from.CopyToAsync(to).ConfigureAwait(false);
        }
        catch (IOException)
        {
            target.LingerState = new LingerOption(true, 0);
        }
    }
}
