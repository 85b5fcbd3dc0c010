using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>Answers <c>GET /healthz</c> with ok, as the kubelet does on 127.0.0.1:10248.</summary>
internal sealed class HealthServer : IDisposable
{
    private readonly TcpListener? listener;

    private HealthServer(TcpListener? listener) => this.listener = listener;

    /// <summary>Listens; port 0 means no server.</summary>
    public static HealthServer Start(string address, int port) => new(port == 0 ? null : Listen(address, port));

    /// <summary>Takes a port, or fails as the kubelet does.</summary>
    public static TcpListener Listen(string address, int port)
    {
        TcpListener listener = new(IPAddress.Parse(address), port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw new FatalException($"failed to run Kubelet: listen tcp {address}:{port}: bind: address already in use");
        }
    }

    /// <summary>Serves until cancelled.</summary>
    public async Task ServeAsync(CancellationToken ct)
    {
        while (listener is not null && !ct.IsCancellationRequested)
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(ct).ConfigureAwait(false);
            try
            {
                await AnswerAsync(client.GetStream(), ct).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The caller went away; the next one is served.
            }
        }
        await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => listener?.Dispose();

    private static async Task AnswerAsync(NetworkStream stream, CancellationToken ct)
    {
        using StreamReader reader = new(stream, Encoding.ASCII, leaveOpen: true);
        string request = await reader.ReadLineAsync(ct).ConfigureAwait(false) ?? "";
        while (await reader.ReadLineAsync(ct).ConfigureAwait(false) is { Length: > 0 })
        {
        }
        (string status, string body) = request.StartsWith("GET /healthz", StringComparison.Ordinal) ? ("200 OK", "ok") : ("404 Not Found", "404 page not found\n");
        string answer = $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), ct).ConfigureAwait(false);
    }
}
