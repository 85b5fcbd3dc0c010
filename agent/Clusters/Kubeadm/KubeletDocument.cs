using System.Text;
using System.Text.Json;
using Slipway.Config;

namespace Slipway.Clusters.Kubeadm;

/// <summary>A drop-in of the kubelet's configuration directory: fields that win over what the cluster hands out.</summary>
internal static class KubeletDocument
{
    /// <summary>The document.</summary>
    /// <param name="fields">Fields of KubeletConfiguration as the operator wrote them; null for none.</param>
    /// <param name="allowSwap">Whether the kubelet must put up with swap.</param>
    public static string Write(MappingNode? fields, bool allowSwap)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "kubelet.config.k8s.io/v1beta1");
            json.WriteString("kind", "KubeletConfiguration");
            if (allowSwap && fields?.Find("failSwapOn") is null)
            {
                json.WriteBoolean("failSwapOn", false);
            }
            foreach (var entry in fields?.Entries.Where(entry => entry.Key is not ("apiVersion" or "kind")) ?? [])
            {
                json.WritePropertyName(entry.Key);
                NodeConfigJson.WriteNode(json, entry.Value);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
