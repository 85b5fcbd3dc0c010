using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>Token discovery, for real: cluster-info fetched insecurely, its signature checked, the CA pinned, then fetched again with that CA.</summary>
/// <remarks>Order, texts and the 5 s retry: <c>cmd/kubeadm/app/discovery/token/token.go</c>.</remarks>
internal static class Discovery
{
    private const string ClusterInfo = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    /// <summary>Finds the cluster's address and CA.</summary>
    /// <exception cref="FatalException">The API server cannot be trusted, or not in time.</exception>
    public static async Task<Kubeconfig> FindAsync(JoinConfiguration join)
    {
        try
        {
            return await RetrieveAsync(join).ConfigureAwait(false);
        }
        catch (FatalException e)
        {
            throw new FatalException($"couldn't validate the identity of the API Server: {e.Message}");
        }
    }

    private static async Task<Kubeconfig> RetrieveAsync(JoinConfiguration join)
    {
        string server = "https://" + join.Endpoint, id = join.Token[..6], secret = join.Token[7..];
        Klog.V(1, "token.go:79", $"[discovery] Created cluster-info discovery client, requesting info from \"{join.Endpoint}\"");
        JsonObject insecure = await GetAsync(join, server, null, id).ConfigureAwait(false);
        HashSet<string> pins = [.. join.CaCertHashes.Select(Pin)];
        string text = insecure["kubeconfig"]?.GetValue<string>()
            ?? throw new FatalException("there is no kubeconfig key in the cluster-info ConfigMap. This API Server isn't set up for token bootstrapping, can't connect");
        if (!IsSigned(insecure["jws-kubeconfig-" + id]!.GetValue<string>(), text, id, secret))
        {
            throw new FatalException("failed to verify JWS signature of received cluster info object, can't trust this API Server");
        }
        Kubeconfig cluster = Kubeconfig.Parse(text);
        if (pins.Count == 0)
        {
            return cluster;
        }
        CheckPins(cluster, pins);
        Klog.V(
            1, "token.go:134", $"[discovery] Requesting info from \"{join.Endpoint}\" again to validate TLS against the pinned public key");
        JsonObject secure = await GetAsync(join, server, cluster.CaPem, id).ConfigureAwait(false);
        return secure["kubeconfig"]?.GetValue<string>() == text ? cluster
            : throw new FatalException("the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first");
    }

    private static async Task<JsonObject> GetAsync(JoinConfiguration join, string server, string? caPem, string id)
    {
        using ApiClient api = new(server, caPem);
        DateTime deadline = DateTime.UtcNow + join.DiscoveryTimeout;
        TimeSpan interval = RetryInterval < join.DiscoveryTimeout ? RetryInterval : join.DiscoveryTimeout;
        while (true)
        {
            string error;
            try
            {
                Klog.V(
                    1, "token.go:216", $"[discovery] Waiting for the cluster-info ConfigMap to receive a JWS signature for token ID \"{id}\"");
                JsonObject data = (await api.SendAsync(HttpMethod.Get, ClusterInfo).ConfigureAwait(false))["data"] as JsonObject ?? [];
                if (data.ContainsKey("jws-kubeconfig-" + id))
                {
                    return data;
                }
                error = $"could not find a JWS signature in the cluster-info ConfigMap for token ID \"{id}\"";
            }
            catch (ApiException e)
            {
                error = "failed to request the cluster-info ConfigMap: " + e.Message;
            }
            if (DateTime.UtcNow + interval > deadline)
            {
                throw new FatalException(error);
            }
            Klog.V(1, "token.go:230", $"[discovery] Retrying due to error: {error}");
            await Task.Delay(interval).ConfigureAwait(false);
        }
    }

    private static string Pin(string hash)
    {
        string[] parts = hash.Split(':', 2);
        if (parts.Length != 2)
        {
            throw new FatalException(
                $"invalid discovery token CA certificate hash: invalid public key hash, expected \"format:hex-encoded-value\": {hash}");
        }
        if (!parts[0].Equals("sha256", StringComparison.OrdinalIgnoreCase))
        {
            throw new FatalException($"invalid discovery token CA certificate hash: unknown hash format: {parts[0]}");
        }
        return parts[1].Length == 64 && parts[1].All(char.IsAsciiHexDigit) ? parts[1].ToLowerInvariant()
            : throw new FatalException($"invalid discovery token CA certificate hash: could not decode SHA-256 from hex: {hash}");
    }

    private static void CheckPins(Kubeconfig cluster, HashSet<string> pins)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPem(cluster.CaPem ?? throw new FatalException("failed to parse cluster CA from the cluster-info ConfigMap: data does not contain any valid RSA or ECDSA certificates"));
        List<string> seen = [.. authorities.Select(ca => Convert.ToHexStringLower(SHA256.HashData(ca.PublicKey.ExportSubjectPublicKeyInfo())))];
        if (!seen.Any(pins.Contains))
        {
            throw new FatalException(
                $"cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"{string.Join(':', seen.Select(h => "sha256:" + h))}\" are pinned");
        }
    }

    /// <summary>Checks a detached JWS: header..signature over header.payload, HS256 with the token's secret, the token's id as key id (RFC 7515, appendix F).</summary>
    private static bool IsSigned(string jws, string payload, string id, string secret)
    {
        if (jws.Split('.') is not [var header, "", var signature])
        {
            return false;
        }
        string encoded = Base64Url(Encoding.UTF8.GetBytes(payload));
        byte[] expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes($"{header}.{encoded}"));
        JsonObject? fields = JsonNode.Parse(Convert.FromBase64String(Padded(header))) as JsonObject;
        return fields?["alg"]?.GetValue<string>() == "HS256" && fields["kid"]?.GetValue<string>() == id && Base64Url(expected) == signature;
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Padded(string text) => text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
}
