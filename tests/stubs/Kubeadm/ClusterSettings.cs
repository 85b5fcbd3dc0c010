using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>What kubeadm reads from the cluster with the bootstrap token: ClusterConfiguration and KubeletConfiguration.</summary>
/// <param name="Cluster">From the kubeadm-config ConfigMap.</param>
/// <param name="Kubelet">From the kubelet-config ConfigMap.</param>
internal sealed record ClusterSettings(JsonObject Cluster, JsonObject Kubelet)
{
    /// <summary>Reads both, retrying for <c>timeouts.kubernetesAPICall</c>; a refusal (401, 403) is retried too, as the real one does.</summary>
    public static async Task<ClusterSettings> ReadAsync(Kubeconfig cluster, JoinConfiguration join)
    {
        Console.WriteLine("[preflight] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...");
        Console.WriteLine("[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.");
        using ApiClient api = new(cluster.Server, cluster.CaPem, join.TlsBootstrapToken);
        JsonObject kubeadm = await GetAsync(api, "kubeadm-config", join.ApiCallTimeout).ConfigureAwait(false);
        JsonObject configuration = Document(kubeadm, "ClusterConfiguration", "kubeadm-config");
        JsonObject kubelet = await GetAsync(api, "kubelet-config", join.ApiCallTimeout).ConfigureAwait(false);
        return new(configuration, Document(kubelet, "kubelet", "kubelet-config"));
    }

    private static JsonObject Document(JsonObject map, string key, string name) =>
        map["data"]?[key]?.GetValue<string>() is { } text && Yaml.ReadAll(text) is [var document, ..] ? document
            : throw new FatalException($"unexpected error when reading {name} ConfigMap: {key} key value pair missing");

    private static async Task<JsonObject> GetAsync(ApiClient api, string name, TimeSpan timeout)
    {
        DateTime deadline = DateTime.UtcNow + timeout;
        while (true)
        {
            try
            {
                return await api.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/kube-system/configmaps/{name}").ConfigureAwait(false);
            }
            catch (ApiException e) when (DateTime.UtcNow >= deadline)
            {
                throw new FatalException($"unable to fetch the {name} ConfigMap: failed to get config map: {e.Message}");
            }
            catch (ApiException)
            {
                await Task.Delay(500).ConfigureAwait(false);
            }
        }
    }
}
