using System.Text.Json.Nodes;

namespace Slipway.Lab;

/// <summary>A Node as the API server has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Manifest">The whole object, a copy.</param>
public sealed record NodeState(string Name, JsonObject Manifest)
{
    /// <summary>Status of the Ready condition: True, False or Unknown.</summary>
    public string Ready =>
        (Manifest["status"]?["conditions"] as JsonArray)?.FirstOrDefault(c => c?["type"]?.ToString() == "Ready")?["status"]?.ToString() ?? "Unknown";

    /// <summary>Version that its kubelet reports, with v.</summary>
    public string KubeletVersion => Manifest["status"]?["nodeInfo"]?["kubeletVersion"]?.ToString() ?? "";

    /// <summary>Runtime that its kubelet reports: <c>containerd://2.1.9</c>.</summary>
    public string RuntimeVersion => Manifest["status"]?["nodeInfo"]?["containerRuntimeVersion"]?.ToString() ?? "";

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels =>
        (Manifest["metadata"]?["labels"] as JsonObject ?? []).ToDictionary(l => l.Key, l => l.Value?.ToString() ?? "", StringComparer.Ordinal);

    /// <summary>Taints as kubectl prints them: <c>key=value:Effect</c>.</summary>
    public IReadOnlyList<string> Taints =>
        [.. (Manifest["spec"]?["taints"] as JsonArray ?? []).Select(t => $"{t!["key"]}{(t["value"]?.ToString() is { Length: > 0 } v ? "=" + v : "")}:{t["effect"]}")];

    /// <summary>Addresses of type InternalIP.</summary>
    public IReadOnlyList<string> InternalIps =>
        [.. (Manifest["status"]?["addresses"] as JsonArray ?? []).Where(a => a?["type"]?.ToString() == "InternalIP").Select(a => a!["address"]!.ToString())];
}
