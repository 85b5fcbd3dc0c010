using System.Text;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>EC2's instance metadata service, version 2 only: every question carries a token that a PUT fetched.</summary>
/// <remarks>https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html</remarks>
/// <param name="http">HTTP.</param>
/// <param name="endpoint">Where it is; null for its two addresses on the link.</param>
internal sealed class Imds(Http http, string? endpoint)
{
    // Six hours, the longest that the service gives.
    private const string TokenSeconds = "21600";
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private readonly string[] endpoints = endpoint is null ? ["http://169.254.169.254", "http://[fd00:ec2::254]"] : [endpoint.TrimEnd('/')];
    private string address = "";
    private string? token;

    /// <summary>What is at a path such as <c>latest/user-data</c>; null when there is nothing (404).</summary>
    /// <param name="path">The path, without a slash before it.</param>
    /// <param name="most">The longest answer that is taken, in bytes.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>http.unreachable</c>, <c>http.busy</c>, <c>http.too-large</c>, or <c>imds.refused</c> for good.</exception>
    public async Task<byte[]?> GetAsync(string path, int most, CancellationToken ct)
    {
        for (var renewed = false; ; renewed = true)
        {
            token ??= await FetchTokenAsync(ct);
            using var request = Request(HttpMethod.Get, $"{address}/{path}", "X-aws-ec2-metadata-token", token);
            var reply = await http.ExchangeAsync(request, AnswerWithin, most, isNear: true, ct);
            switch (reply.Status)
            {
                case 200:
                    return reply.Body;
                case 404:
                    return null;
                case 401 when !renewed:
                    token = null;
                    continue;
                default:
                    throw Refused(request, reply.Status);
            }
        }
    }

    /// <summary>The same as text, without white space around it; null also when it is empty.</summary>
    public async Task<string?> GetTextAsync(string path, CancellationToken ct) =>
        await GetAsync(path, 1 << 20, ct) is { } bytes && Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } text ? text : null;

    private async Task<string> FetchTokenAsync(CancellationToken ct)
    {
        Failure? first = null;
        foreach (var candidate in endpoints)
        {
            using var request = Request(HttpMethod.Put, $"{candidate}/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", TokenSeconds);
            HttpReply reply;
            try
            {
                reply = await http.ExchangeAsync(request, AnswerWithin, 64 << 10, isNear: true, ct);
            }
            catch (FailureException e) when (e.Failure.Code == "http.unreachable")
            {
                // Many networks have one of the two addresses only.
                first ??= e.Failure;
                continue;
            }
            var text = Encoding.UTF8.GetString(reply.Body).Trim();
            address = candidate;
            // What is no token could not go into a header.
            return reply.Status == 200 && text.Length > 0 && !text.Any(c => c is <= ' ' or > '~') ? text : throw Refused(request, reply.Status);
        }
        throw new FailureException(first!);
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, string header, string value)
    {
        var request = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new HttpRequestMessage(method, uri)
            : throw new FailureException(new Failure("imds.refused", "AWS_EC2_METADATA_SERVICE_ENDPOINT is not an http:// address"));
        request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    private static FailureException Refused(HttpRequestMessage request, int status) => Http.Refused(request, status) is { Failure.IsTransient: true } busy
        ? busy
        : new FailureException(new Failure("imds.refused", $"{request.Method} {Http.Shown(request.RequestUri!)}: HTTP {status}{status switch
        {
            200 => ", but what it sent is no token",
            403 => ": the metadata service is turned off for this instance",
            404 or 405 when request.Method == HttpMethod.Put => ": this metadata service does not know IMDSv2",
            _ => "",
        }}"));
}
