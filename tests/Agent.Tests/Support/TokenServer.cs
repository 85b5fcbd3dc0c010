using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Slipway.Lab;

namespace Slipway.Tests.Support;

/// <summary>Gives the tokens that a registry takes, for its users alone: https://distribution.github.io/distribution/spec/auth/jwt/.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-tokens-").FullName;
    private readonly HttpPeer peer;

    public TokenServer()
    {
        certificate = new CertificateRequest("CN=tokens", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Join(folder, "tokens.pem"), certificate.ExportCertificatePem());
        peer = new HttpPeer(Answer);
    }

    /// <summary>How long a token is good for.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What it was asked, oldest first.</summary>
    public IReadOnlyList<PeerRequest> Requests => peer.Requests;

    /// <summary>For <see cref="SiteRegistryOptions.TokenSection"/>.</summary>
    public string Section => $"    realm: {peer.Address}/token\n    service: the-site\n    issuer: tokens\n    rootcertbundle: {folder}/tokens.pem";

    public async ValueTask DisposeAsync()
    {
        await peer.DisposeAsync();
        certificate.Dispose();
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private PeerReply Answer(PeerRequest request)
    {
        var user = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(SiteRegistry.Credentials));
        if (request.Headers.GetValueOrDefault("authorization") is var given && given is not null && given != user)
        {
            return new PeerReply(401);
        }
        var query = request.Target.Split('?')[1].Split('&').Select(part => part.Split('=')).ToDictionary(part => part[0], part => Uri.UnescapeDataString(part[1]));
        var scope = query["scope"].Split(':');
        // Whoever is not known may read.
        var actions = scope[^1].Split(',').Where(action => given is not null || action == "pull").ToArray();
        var now = DateTimeOffset.UtcNow;
        var claims = new Dictionary<string, object>
        {
            ["iss"] = "tokens", ["sub"] = "slipway", ["aud"] = query["service"], ["jti"] = Guid.NewGuid().ToString(),
            ["nbf"] = now.AddMinutes(-2).ToUnixTimeSeconds(), ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["access"] = new[] { new { type = "repository", name = scope[1], actions } },
        };
        var head = new { typ = "JWT", alg = "ES256", x5c = new[] { Convert.ToBase64String(certificate.RawData) } };
        var text = $"{Part(JsonSerializer.SerializeToUtf8Bytes(head))}.{Part(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var token = $"{text}.{Part(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
        return new PeerReply(200, JsonSerializer.SerializeToUtf8Bytes(new { access_token = token, expires_in = (int)Lifetime.TotalSeconds }));
    }

    private static string Part(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
