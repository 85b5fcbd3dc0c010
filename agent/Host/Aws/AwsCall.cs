using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>One signed call of an AWS service that speaks JSON 1.1.</summary>
/// <remarks>https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html</remarks>
internal static class AwsCall
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    /// <summary>Calls, and gives back what was answered.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="service">The service, such as <c>ssm</c>.</param>
    /// <param name="target">The service's full name and the action, such as <c>AmazonSSM.GetParameter</c>.</param>
    /// <param name="body">The request's JSON.</param>
    /// <param name="region">Where; null for this node's region.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException">A code of <c>aws.</c>, <c>imds.</c> or <c>http.</c>.</exception>
    public static async Task<byte[]> JsonAsync(Host host, string service, string target, byte[] body, string? region, CancellationToken ct)
    {
        var imds = new Imds(host.Http, host.Aws.MetadataEndpoint);
        region ??= await AwsCredentials.RegionAsync(host, imds, ct);
        var credentials = await AwsCredentials.FindAsync(host, imds, ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint(host.Aws.EndpointUrl, service, region)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        request.Headers.TryAddWithoutValidation("x-amz-target", target);
        SigV4.Sign(request, body, credentials, region, service, host.Clock.GetUtcNow());
        var reply = await host.Http.ExchangeAsync(request, Within, 1 << 20, isNear: false, ct);
        return reply.Status == 200 ? reply.Body : throw Error(request, reply, $"{service}:{target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..]} in {region}");
    }

    private static Uri Endpoint(string? given, string service, string region)
    {
        var url = given ?? $"https://{service}.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}/";
        return Uri.TryCreate(url, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "https" or "http"
            ? endpoint
            : throw new FailureException(new Failure("aws.refused", "AWS_ENDPOINT_URL, or the region, does not make an address"));
    }

    private static FailureException Error(HttpRequestMessage request, HttpReply reply, string action)
    {
        var (type, message) = Parse(reply.Body);
        if (reply.Status is 429 or >= 500 || Is("Throttl", "TooManyRequests", "RequestLimit", "InternalServerError", "InternalFailure", "ServiceUnavailable"))
        {
            return Http.Refused(request, Math.Max(reply.Status, 429), type);
        }
        if (Is("InvalidSignature", "RequestExpired", "RequestTimeTooSkewed") && (message.Contains("xpired", StringComparison.Ordinal) || message.Contains("not yet current", StringComparison.Ordinal)))
        {
            return new FailureException(new Failure("aws.clock-skew", $"{action}: {type}"));
        }
        // Why a signature is wrong is told with all that was signed, the session token among it.
        var why = Is("Signature") ? "" : $": {message}";
        var code = Is("NotFound") ? "aws.not-found"
            : Is("AccessDenied", "UnrecognizedClient", "ExpiredToken", "Signature", "MissingAuthenticationToken", "InvalidClientTokenId", "OptInRequired") ? "aws.denied"
            : "aws.refused";
        return new FailureException(new Failure(code, $"{action}: {(type.Length > 0 ? type : $"HTTP {reply.Status}")}{why}"));

        bool Is(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (type.Contains(word, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            return false;
        }
    }

    private static (string Type, string Message) Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var type = Text(root, "__type");
            return (type[(type.LastIndexOf('#') + 1)..], Text(root, "message") + Text(root, "Message"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ("", "");
        }
    }

    private static string Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.GetString() is { } text
        ? string.Create(Math.Min(text.Length, 300), text, static (shown, text) =>
        {
            for (var at = 0; at < shown.Length; at++)
            {
                shown[at] = char.IsControl(text[at]) ? ' ' : text[at];
            }
        })
        : "";
}
