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

    /// <summary>The strong entity tag; with one, the rest of a body is served to who asks for it (RFC 9110, 14).</summary>
    public string? Tag { get; init; }

    /// <summary>What Content-Length says more than there is; negative for less.</summary>
    public int Exaggerates { get; init; }

    /// <summary>The answer to a request: this one, or the part of it that was asked for.</summary>
    public (Reply Reply, long From) To(string head)
    {
        if (Tag is null)
        {
            return (this, 0);
        }
        var whole = this with { Headers = $"{Headers}ETag: {Tag}\r\nAccept-Ranges: bytes\r\n" };
        if (Status != 200 || LoopbackServer.Header(head, "Range") is not { } range || LoopbackServer.Header(head, "If-Range") is { } tag && tag != Tag)
        {
            return (whole, 0);
        }
        var from = long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return from < Length
            ? (whole with { Status = 206, Headers = $"{whole.Headers}Content-Range: bytes {from}-{Length - 1}/{Length}\r\n" }, from)
            : (new Reply([]) { Status = 416, Headers = $"Content-Range: bytes */{Length}\r\n" }, 0);
    }

    public static Reply NotFound { get; } = new("<html>Not Found</html>"u8.ToArray()) { Status = 404 };
}

/// <summary>What a <see cref="LoopbackServer"/> was asked, and how much it sent.</summary>
internal sealed record Asked(string Path, string Head, DateTime At)
{
    /// <summary>The bytes of the body that were sent.</summary>
    public long Sent { get; set; }

    /// <summary>A header; null where it is not there.</summary>
    public string? this[string name] => LoopbackServer.Header(Head, name);
}

/// <summary>A web server on 127.0.0.1 over plain sockets, so that it can also do what no decent server does.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, int, Reply> answer;
    private readonly ConcurrentQueue<Asked> hits = new();
    private readonly System.Security.Cryptography.X509Certificates.X509Certificate2? certificate;
    private readonly Task accepting;

    /// <summary>Starts it.</summary>
    /// <param name="answer">The reply to a GET of a path; its second argument counts the requests for that path, from 1.</param>
    /// <param name="port">A fixed port; 0 takes a free one.</param>
    /// <param name="certificate">Its certificate with the key, for https.</param>
    public LoopbackServer(Func<string, int, Reply> answer, int port = 0, System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = null)
    {
        (this.answer, this.certificate) = (answer, certificate);
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    public Uri Url => new($"{(certificate is null ? "http" : "https")}://127.0.0.1:{Port}/");

    /// <summary>The paths asked for, oldest first.</summary>
    public IReadOnlyList<string> Hits => [.. hits.Select(hit => hit.Path)];

    /// <summary>What was asked, oldest first.</summary>
    public IReadOnlyList<Asked> Requests => [.. hits];

    /// <summary>A header of a request; null where it is not there.</summary>
    public static string? Header(string head, string name) => head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

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
            await using Stream stream = certificate is null ? new NetworkStream(client, ownsSocket: true) : await TlsAsync(client);
            var head = await RequestAsync(stream);
            var asked = new Asked(head.Split(' ')[1], head, DateTime.UtcNow);
            hits.Enqueue(asked);
            await SendAsync(client, stream, asked, answer(asked.Path, hits.Count(hit => hit.Path == asked.Path)));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or the test ended.
        }
    }

    private async Task<Stream> TlsAsync(Socket client)
    {
        var tls = new System.Net.Security.SslStream(new NetworkStream(client, ownsSocket: true));
        await tls.AuthenticateAsServerAsync(certificate!, false, false);
        return tls;
    }

    private async Task<string> RequestAsync(Stream stream)
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
        return head.ToString();
    }

    private async Task SendAsync(Socket client, Stream stream, Asked asked, Reply whole)
    {
        var (reply, from) = whole.To(asked.Head);
        if (reply is { Silent: true, CutAfter: null })
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {reply.Status} Said\r\nContent-Length: {reply.Length - from + reply.Exaggerates}\r\nConnection: close\r\n{reply.Headers}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token);
        await CopyAsync(stream, reply, asked, from);
        if (reply.Silent)
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        if (reply.Reset)
        {
            client.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task CopyAsync(Stream stream, Reply reply, Asked asked, long from)
    {
        using var body = reply.Body();
        if (from > 0)
        {
            body.Seek(from, SeekOrigin.Begin);
        }
        var rest = reply.CutAfter ?? long.MaxValue;
        var buffer = new byte[reply.BytesPerSecond is { } rate ? Math.Max(1, rate / 20) : 64 * 1024];
        for (int read; rest > 0 && (read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, rest)), stop.Token)) > 0; rest -= read)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), stop.Token);
            asked.Sent += read;
            if (reply.BytesPerSecond is not null)
            {
                await Task.Delay(50, stop.Token);
            }
        }
    }
}
