using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Lab;

/// <summary>What a <see cref="HttpPeer"/> was asked.</summary>
/// <param name="Method">Such as <c>PUT</c>.</param>
/// <param name="Target">The path with its query, as it came.</param>
/// <param name="Headers">The headers; their names in lower case.</param>
/// <param name="Body">The body.</param>
public sealed record PeerRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

/// <summary>What it answers.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body.</param>
public sealed record PeerReply(int Status, ReadOnlyMemory<byte> Body = default)
{
    /// <summary>How long it thinks first; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Further headers, each ended by CRLF.</summary>
    public string Headers { get; init; } = "";

    /// <summary>Whether no Content-Length is sent: the body ends with the connection.</summary>
    public bool Unmeasured { get; init; }
}

/// <summary>A small web server on a loopback address that shows every byte of a request: for stand-ins that must be strict about headers.</summary>
public class HttpPeer : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Func<PeerRequest, PeerReply> answer;
    private readonly X509Certificate2? certificate;
    private readonly List<PeerRequest> requests = [];
    private readonly Task accepting;

    /// <summary>Starts it.</summary>
    /// <param name="answer">The reply to a request.</param>
    /// <param name="certificate">With its key: it speaks TLS then.</param>
    /// <param name="port">A fixed port; 0 takes a free one.</param>
    public HttpPeer(Func<PeerRequest, PeerReply> answer, X509Certificate2? certificate = null, int port = 0)
    {
        this.answer = answer;
        this.certificate = certificate;
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Its address, without a slash at its end.</summary>
    public string Address => $"{(certificate is null ? "http" : "https")}://localhost:{Port}";

    /// <summary>What it was asked so far, oldest first.</summary>
    public IReadOnlyList<PeerRequest> Requests
    {
        get
        {
            lock (requests)
            {
                return [.. requests];
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        listener.Stop();
        await accepting.ConfigureAwait(false);
        stop.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Socket client = await listener.AcceptSocketAsync(stop.Token).ConfigureAwait(false);
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
            await using NetworkStream plain = new(client, ownsSocket: true);
            if (certificate is null)
            {
                await AnswerAsync(plain).ConfigureAwait(false);
                return;
            }
            await using SslStream tls = new(plain);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop.Token).ConfigureAwait(false);
            await AnswerAsync(tls).ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // The client went away, or the test ended.
        }
    }

    private async Task AnswerAsync(Stream stream)
    {
        PeerRequest request = await ReadAsync(stream).ConfigureAwait(false);
        lock (requests)
        {
            requests.Add(request);
        }
        PeerReply reply = answer(request);
        await Task.Delay(reply.Delay, stop.Token).ConfigureAwait(false);
        string length = reply.Unmeasured ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
        string head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Said\r\n{length}Connection: close\r\n{reply.Headers}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop.Token).ConfigureAwait(false);
        await stream.WriteAsync(reply.Body, stop.Token).ConfigureAwait(false);
    }

    private async Task<PeerRequest> ReadAsync(Stream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            await stream.ReadExactlyAsync(one, stop.Token).ConfigureAwait(false);
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines.Skip(1).Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0].ToLowerInvariant(), parts => parts[1].Trim(), StringComparer.Ordinal);
        byte[] body = new byte[headers.TryGetValue("content-length", out string? length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, stop.Token).ConfigureAwait(false);
        string[] first = lines[0].Split(' ');
        return new PeerRequest(first[0], first[1], headers, body);
    }
}
