using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Lab;

namespace Slipway.Tests.Support;

/// <summary>
/// AWS Systems Manager's GetParameter, as strict about signatures as the real one: it computes each anew, by AWS's own description.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html</remarks>
internal sealed class ParameterStore : IAsyncDisposable
{
    public const string KeyId = "AKIDEXAMPLE";
    public const string Key = "canary/secret+key/EXAMPLE";
    private readonly HttpPeer peer;

    public ParameterStore() => peer = new HttpPeer(Answer);

    /// <summary>For <c>AWS_ENDPOINT_URL</c>.</summary>
    public string Address => peer.Address;

    /// <summary>Values by name.</summary>
    public Dictionary<string, string> Values { get; } = [];

    /// <summary>The session token that requests must carry; null for none.</summary>
    public string? SessionToken { get; set; }

    /// <summary>The region that requests must be signed for.</summary>
    public string Region { get; set; } = "eu-central-1";

    /// <summary>What is answered instead, in turn.</summary>
    public Queue<PeerReply> Faults { get; } = [];

    public IReadOnlyList<PeerRequest> Requests => peer.Requests;

    public static PeerReply Error(int status, string type, string message) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["__type"] = type, ["message"] = message }));

    public ValueTask DisposeAsync() => peer.DisposeAsync();

    private PeerReply Answer(PeerRequest request)
    {
        if (Refusal(request) is { } refusal)
        {
            return refusal;
        }
        lock (Faults)
        {
            if (Faults.TryDequeue(out var fault))
            {
                return fault;
            }
        }
        using var question = JsonDocument.Parse(request.Body);
        var name = question.RootElement.GetProperty("Name").GetString()!;
        return !question.RootElement.GetProperty("WithDecryption").GetBoolean() ? Error(400, "ValidationException", "still encrypted")
            : Values.TryGetValue(name, out var value)
                ? new PeerReply(200, JsonSerializer.SerializeToUtf8Bytes(new { Parameter = new { Name = name, Type = "SecureString", Value = value, Version = 1 } }))
                : Error(400, "ParameterNotFound", "");
    }

    private PeerReply? Refusal(PeerRequest request)
    {
        var headers = request.Headers;
        if (request.Method != "POST" || request.Target != "/" || headers["content-type"] != "application/x-amz-json-1.1"
            || headers["x-amz-target"] != "AmazonSSM.GetParameter")
        {
            return Error(400, "UnknownOperationException", "");
        }
        if (headers.GetValueOrDefault("x-amz-security-token") != SessionToken)
        {
            return Error(400, "UnrecognizedClientException", "The security token included in the request is invalid.");
        }
        var time = headers["x-amz-date"];
        var at = DateTime.ParseExact(time, "yyyyMMddTHHmmssZ", null, System.Globalization.DateTimeStyles.AdjustToUniversal | System.Globalization.DateTimeStyles.AssumeUniversal);
        if ((DateTime.UtcNow - at).Duration() > TimeSpan.FromMinutes(5))
        {
            return Error(400, "InvalidSignatureException", $"Signature expired: {time} is now earlier than 20260101T000000Z");
        }
        // AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX
        var fields = headers["authorization"]["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var signed = fields["SignedHeaders"].Split(';');
        string[] must = ["content-type", "host", "x-amz-date", "x-amz-target", .. SessionToken is null ? Array.Empty<string>() : ["x-amz-security-token"]];
        var canonical = "POST\n/\n\n" + string.Concat(signed.Select(name => $"{name}:{headers[name]}\n")) + $"\n{fields["SignedHeaders"]}\n"
            + Hex(SHA256.HashData(request.Body.Span));
        var scope = $"{time[..8]}/{Region}/ssm/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)))}";
        using var date = new HMACSHA256(Encoding.ASCII.GetBytes("AWS4" + Key));
        using var region = new HMACSHA256(date.ComputeHash(Encoding.ASCII.GetBytes(time[..8])));
        using var service = new HMACSHA256(region.ComputeHash(Encoding.ASCII.GetBytes(Region)));
        using var signing = new HMACSHA256(service.ComputeHash("ssm"u8.ToArray()));
        using var last = new HMACSHA256(signing.ComputeHash("aws4_request"u8.ToArray()));
        var right = must.All(signed.Contains) && signed.Order(StringComparer.Ordinal).SequenceEqual(signed)
            && fields["Credential"] == $"{KeyId}/{scope}" && fields["Signature"] == Hex(last.ComputeHash(Encoding.ASCII.GetBytes(toSign)));
        return right ? null : Error(400, "InvalidSignatureException", $"The Canonical String for this request should have been '{canonical}'");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
