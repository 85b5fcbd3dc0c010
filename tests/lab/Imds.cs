using System.Globalization;
using System.Text;

namespace Slipway.Lab;

/// <summary>What an <see cref="Imds"/> does instead of answering, once.</summary>
/// <param name="Path">The path for which it happens.</param>
/// <param name="Status">The status it sends.</param>
public sealed record ImdsFault(string Path, int Status)
{
    /// <summary>How long it thinks first; <see cref="Timeout.InfiniteTimeSpan"/> for ever. With status 200 it answers rightly afterwards.</summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>
/// EC2's instance metadata service as strict as the real one with IMDSv1 turned off: a token by PUT with its lifetime, and nothing without it.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html</remarks>
public sealed class Imds : IAsyncDisposable
{
    private const string TokenPath = "/latest/api/token";
    private const string Ttl = "x-aws-ec2-metadata-token-ttl-seconds";
    private readonly Lock gate = new();
    private readonly HashSet<string> tokens = new(StringComparer.Ordinal);
    private readonly List<ImdsFault> faults = [];
    private readonly HttpPeer peer;

    /// <summary>Starts it.</summary>
    /// <param name="port">A fixed port; 0 takes a free one.</param>
    public Imds(int port = 0) => peer = new HttpPeer(Answer, null, port);

    /// <summary>The address for <c>AWS_EC2_METADATA_SERVICE_ENDPOINT</c>.</summary>
    public string Address => $"http://127.0.0.1:{peer.Port}";

    /// <summary>What there is, by path; user data is <c>/latest/user-data</c>.</summary>
    public Dictionary<string, byte[]> Content { get; } = new(StringComparer.Ordinal)
    {
        ["/latest/meta-data/instance-id"] = "i-0123456789abcdef0"u8.ToArray(),
        ["/latest/meta-data/local-hostname"] = "ip-10-0-0-7.eu-central-1.compute.internal"u8.ToArray(),
        ["/latest/meta-data/placement/region"] = "eu-central-1"u8.ToArray(),
    };

    /// <summary>What it was asked so far: <c>PUT /latest/api/token</c>, ….</summary>
    public IReadOnlyList<string> Asked => [.. peer.Requests.Select(request => $"{request.Method} {request.Target}")];

    /// <summary>The tokens it gave out; no log may hold one.</summary>
    public IReadOnlyList<string> Tokens
    {
        get
        {
            lock (gate)
            {
                return [.. tokens];
            }
        }
    }

    /// <summary>Lets the next request for a path go wrong; those of one path happen in their order.</summary>
    public void Add(ImdsFault fault)
    {
        lock (gate)
        {
            faults.Add(fault);
        }
    }

    /// <summary>Lets all tokens given out so far expire.</summary>
    public void ExpireTokens()
    {
        lock (gate)
        {
            tokens.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => peer.DisposeAsync();

    private PeerReply Answer(PeerRequest request)
    {
        lock (gate)
        {
            ImdsFault? fault = faults.Find(candidate => candidate.Path == request.Target);
            if (fault is not null)
            {
                faults.Remove(fault);
                return fault.Status == 200 ? Right(request) with { Delay = fault.Delay } : new PeerReply(fault.Status) { Delay = fault.Delay };
            }
            return Right(request);
        }
    }

    private PeerReply Right(PeerRequest request)
    {
        if (request.Target == TokenPath)
        {
            return request.Method == "PUT" ? Token(request) : new PeerReply(405) { Headers = "Allow: OPTIONS, PUT\r\n" };
        }
        if (request.Method is not ("GET" or "HEAD"))
        {
            return new PeerReply(405);
        }
        if (!request.Headers.TryGetValue("x-aws-ec2-metadata-token", out string? token) || !tokens.Contains(token))
        {
            return new PeerReply(401);
        }
        return Content.TryGetValue(request.Target, out byte[]? content) ? new PeerReply(200, content) : new PeerReply(404, "<html>404</html>"u8.ToArray());
    }

    private PeerReply Token(PeerRequest request)
    {
        if (request.Headers.ContainsKey("x-forwarded-for"))
        {
            return new PeerReply(403);
        }
        if (!request.Headers.TryGetValue(Ttl, out string? ttl) || !int.TryParse(ttl, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            || seconds is < 1 or > 21600 || request.Body.Length > 0)
        {
            return new PeerReply(400);
        }
        string token = "AQAEAcanary" + Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        tokens.Add(token);
        return new PeerReply(200, Encoding.ASCII.GetBytes(token)) { Headers = string.Create(CultureInfo.InvariantCulture, $"{Ttl}: {seconds}\r\n") };
    }
}
