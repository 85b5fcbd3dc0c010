using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>A forward proxy on 127.0.0.1: tunnels for CONNECT, fetches for whole addresses, with a password where one is set.</summary>
internal sealed class ForwardProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<string> asked = [];
    private readonly Task accepting;
    private readonly int target;

    /// <summary>Starts it.</summary>
    /// <param name="target">The port that every request is brought to, whatever host it names: no name need resolve.</param>
    public ForwardProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>What <c>user:password</c> it wants; null for none.</summary>
    public string? Password { get; init; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The first lines of the requests that it let through.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (asked)
            {
                return [.. asked];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptSocketAsync(stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var client = new NetworkStream(socket, ownsSocket: true);
            while (true)
            {
                var head = await HeadAsync(client);
                if (Password is not null && !head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(Password))}", StringComparison.OrdinalIgnoreCase))
                {
                    await client.WriteAsync("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop.Token);
                    continue;
                }
                lock (asked)
                {
                    asked.Add(head.Split("\r\n")[0]);
                }
                using var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, target, stop.Token);
                var far = server.GetStream();
                if (head.StartsWith("CONNECT ", StringComparison.Ordinal))
                {
                    await client.WriteAsync("HTTP/1.1 200 Through\r\n\r\n"u8.ToArray(), stop.Token);
                }
                else
                {
                    await far.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token);
                }
                await Task.WhenAny(client.CopyToAsync(far, stop.Token), far.CopyToAsync(client, stop.Token));
                return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of the two went away, or the test ended.
        }
    }

    private async Task<string> HeadAsync(NetworkStream client)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            await client.ReadExactlyAsync(one, stop.Token);
            head.Append((char)one[0]);
        }
        return head.ToString();
    }
}
