using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Hosting;

/// <summary>Signs requests as AWS asks: Signature Version 4, in the Authorization header.</summary>
/// <remarks>https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html</remarks>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the date, the session token and the signature to a request that is complete otherwise.</summary>
    /// <param name="request">The request; its own headers and its content's type are signed with it.</param>
    /// <param name="body">What its content is; empty where it has none.</param>
    /// <param name="credentials">Who asks.</param>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    /// <param name="service">The service's signing name, such as <c>ssm</c>.</param>
    /// <param name="now">The time; servers refuse what is minutes off.</param>
    public static void Sign(HttpRequestMessage request, byte[] body, AwsCredentials credentials, string region, string service, DateTimeOffset now)
    {
        var url = request.RequestUri!;
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("x-amz-date", time);
        if (credentials.SessionToken is { } session)
        {
            request.Headers.TryAddWithoutValidation("x-amz-security-token", session);
        }
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = url.Authority };
        foreach (var (name, values) in request.Headers)
        {
            headers[name.ToLowerInvariant()] = string.Join(',', values).Trim();
        }
        if (request.Content?.Headers.ContentType is { } type)
        {
            headers["content-type"] = type.ToString();
        }
        var names = string.Join(';', headers.Keys);
        var canonical = new StringBuilder($"{request.Method}\n{Path(url)}\n{Query(url)}\n");
        foreach (var (name, value) in headers)
        {
            canonical.Append(CultureInfo.InvariantCulture, $"{name}:{value}\n");
        }
        canonical.Append(CultureInfo.InvariantCulture, $"\n{names}\n{Convert.ToHexStringLower(SHA256.HashData(body))}");
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        var key = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretAccessKey);
        foreach (var part in scope.Split('/'))
        {
            key = Hmac(key, part);
        }
        var signature = Hmac(key, $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}");
        request.Headers.TryAddWithoutValidation("Authorization",
            $"{Algorithm} Credential={credentials.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={Convert.ToHexStringLower(signature)}");
    }

    // What is in the URL is escaped once already; the signature is over each segment escaped once more.
    private static string Path(Uri url) => string.Join('/', url.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static string Query(Uri url) => string.Join('&', url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=").Order(StringComparer.Ordinal));

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
