using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>What a <see cref="LoopbackServer"/> answers, byte for byte, faults included.</summary>
internal sealed record Reply(Func<Stream> Body, long Length)
{
    public Reply(byte[] body)
        : this(() => new MemoryStream(body), body.Length)
    {
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Ends the body after so many bytes, whatever Content-Length said.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Whether the cut is a TCP reset rather than an orderly end.</summary>
    public bool Reset { get; init; }

    /// <summary>Whether the server falls silent where it would cut (without <see cref="CutAfter"/>: before it has said anything).</summary>
    public bool Silent { get; init; }

    /// <summary>Bytes a second; null for as fast as it goes.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>Other headers, each ended by CRLF.</summary>
    public string Headers { get; init; } = "";

    public static Reply NotFound { get; } = new("<html>Not Found</html>"u8.ToArray()) { Status = 404 };
}

/// <summary>A web server on 127.0.0.1 over plain sockets, so that it can also do what no decent server does.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, int, Reply> answer;
    private readonly ConcurrentQueue<string> hits = new();
    private readonly Task accepting;

    /// <summary>Starts it.</summary>
    /// <param name="answer">The reply to a GET of a path; its second argument counts the requests for that path, from 1.</param>
    /// <param name="port">A fixed port; 0 takes a free one.</param>
    public LoopbackServer(Func<string, int, Reply> answer, int port = 0)
    {
        this.answer = answer;
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    public Uri Url => new($"http://127.0.0.1:{Port}/");

    /// <summary>The paths asked for, oldest first.</summary>
    public IReadOnlyList<string> Hits => [.. hits];

    /// <summary>A port on which nothing listens, until somebody takes it.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
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

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var path = await RequestAsync(stream);
            hits.Enqueue(path);
            await SendAsync(client, stream, answer(path, hits.Count(hit => hit == path)));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client went away, or the test ended.
        }
    }

    private async Task<string> RequestAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, stop.Token) == 0)
            {
                throw new IOException("no request");
            }
            head.Append((char)one[0]);
        }
        return head.ToString().Split(' ')[1];
    }

    private async Task SendAsync(Socket client, NetworkStream stream, Reply reply)
    {
        if (reply is { Silent: true, CutAfter: null })
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {reply.Status} Said\r\nContent-Length: {reply.Length}\r\nConnection: close\r\n{reply.Headers}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token);
        await CopyAsync(stream, reply);
        if (reply.Silent)
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        if (reply.Reset)
        {
            client.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task CopyAsync(NetworkStream stream, Reply reply)
    {
        using var body = reply.Body();
        var rest = reply.CutAfter ?? long.MaxValue;
        var buffer = new byte[reply.BytesPerSecond is { } rate ? Math.Max(1, rate / 20) : 64 * 1024];
        for (int read; rest > 0 && (read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, rest)), stop.Token)) > 0; rest -= read)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            if (reply.BytesPerSecond is not null)
            {
                await Task.Delay(50, stop.Token);
            }
        }
    }
}
