using System.Security.Cryptography;
using System.Text;

namespace Slipway.Lab;

/// <summary>A kubeadm bootstrap token.</summary>
/// <param name="Id">Six characters; public.</param>
/// <param name="Secret">Sixteen characters; the key that signs cluster-info.</param>
/// <param name="Expired">Whether its time is over.</param>
public sealed record BootstrapToken(string Id, string Secret, bool Expired = false)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A random one.</summary>
    public static BootstrapToken Create() =>
        new(RandomNumberGenerator.GetString(Alphabet, 6), RandomNumberGenerator.GetString(Alphabet, 16));

    /// <summary>As users write it: id, dot, secret.</summary>
    public override string ToString() => $"{Id}.{Secret}";

    /// <summary>Detached JWS over a text: HS256, key id = token id, the payload left out (RFC 7515, appendix F).</summary>
    internal string Sign(string payload)
    {
        string header = Encode(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","kid":"{{Id}}"}"""));
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes($"{header}.{Encode(Encoding.UTF8.GetBytes(payload))}"));
        return $"{header}..{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
