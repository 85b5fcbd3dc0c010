using System.Text.Json;
using Slipway.Config;

namespace Slipway.Clusters.Kubeadm;

/// <summary>kubeadm's JoinConfiguration, <c>kubeadm.k8s.io/v1beta4</c>. Written as JSON, which is YAML, because it keeps null apart from <c>[]</c>.</summary>
internal static class JoinDocument
{
    /// <summary>The document, with the token in it: for a file of mode 0600 alone.</summary>
    /// <param name="join">What to join, and as what.</param>
    /// <param name="token">The bootstrap token.</param>
    /// <param name="nodeIp">The value of the kubelet's <c>--node-ip</c>; null leaves it to the kubelet.</param>
    public static byte[] Write(WorkerJoin join, Secret<string>? token, string? nodeIp)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "kubeadm.k8s.io/v1beta4");
            json.WriteString("kind", "JoinConfiguration");
            WriteDiscovery(json, join, token);
            WriteRegistration(json, join, nodeIp);
            if (join.Patches.Length > 0)
            {
                json.WriteStartObject("patches");
                json.WriteString("directory", join.Patches);
                json.WriteEndObject();
            }
            json.WriteStartObject("timeouts");
            // Short: waiting for an API server is done before, with a log line a try.
            json.WriteString("discovery", "2m0s");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteDiscovery(Utf8JsonWriter json, WorkerJoin join, Secret<string>? token)
    {
        json.WriteStartObject("discovery");
        if (join.Join.DiscoveryFile is { Length: > 0 } file)
        {
            json.WriteStartObject("file");
            json.WriteString("kubeConfigPath", file);
            json.WriteEndObject();
            if (token is not null)
            {
                json.WriteString("tlsBootstrapToken", token.Reveal());
            }
        }
        else
        {
            json.WriteStartObject("bootstrapToken");
            json.WriteString("apiServerEndpoint", Endpoint(join));
            json.WriteString("token", token?.Reveal());
            if (Hashes(join) is { Count: > 0 } hashes)
            {
                json.WriteStartArray("caCertHashes");
                foreach (var hash in hashes)
                {
                    json.WriteStringValue(hash);
                }
                json.WriteEndArray();
            }
            else
            {
                json.WriteBoolean("unsafeSkipCAVerification", true);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteRegistration(Utf8JsonWriter json, WorkerJoin join, string? nodeIp)
    {
        json.WriteStartObject("nodeRegistration");
        json.WriteString("name", join.NodeName);
        json.WriteString("criSocket", "unix:///run/containerd/containerd.sock");
        if (join.Taints is not null)
        {
            json.WriteStartArray("taints");
            foreach (var taint in join.Taints)
            {
                json.WriteStartObject();
                json.WriteString("key", taint.Key);
                if (taint.Value.Length > 0)
                {
                    json.WriteString("value", taint.Value);
                }
                json.WriteString("effect", taint.Effect.ToString());
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteStartArray("kubeletExtraArgs");
        foreach (var (name, value) in KubeletArguments(join, nodeIp))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (join.IgnorePreflightErrors.Count > 0)
        {
            json.WriteStartArray("ignorePreflightErrors");
            foreach (var check in join.IgnorePreflightErrors)
            {
                json.WriteStringValue(check);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static IEnumerable<(string Name, string Value)> KubeletArguments(WorkerJoin join, string? nodeIp)
    {
        if (nodeIp is not null)
        {
            yield return ("node-ip", nodeIp);
        }
        if (join.Labels.Count > 0)
        {
            yield return ("node-labels", string.Join(',', join.Labels.Select(label => $"{label.Key}={label.Value}")));
        }
        if (join.HasKubeletDropIn)
        {
            yield return ("config-dir", Path.GetDirectoryName(KubeadmWorker.KubeletDropIn)!);
        }
        // The operator's flags come last, so that the kubelet takes them where they repeat ours. "--flag" alone means true.
        foreach (var flag in join.KubeletFlags)
        {
            var parts = flag.TrimStart('-').Split('=', 2);
            yield return (parts[0], parts.Length == 2 ? parts[1] : "true");
        }
    }

    private static string Endpoint(WorkerJoin join) =>
        (join.Join.ApiServerEndpoint! with { Port = join.Join.ApiServerEndpoint!.Port ?? 6443 }).ToString();

    private static IReadOnlyList<string> Hashes(WorkerJoin join) => join.Trust switch
    {
        ClusterTrust.Pins pins => pins.Hashes,
        ClusterTrust.Authority authority => authority.Hashes(),
        _ => [],
    };
}
