using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>Makes the Node object and keeps it alive: status and lease every 10 s. A server that is down is waited for, never given up.</summary>
internal sealed class NodeRegistration(KubeletSettings settings, Kubeconfig credentials)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(10);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var certificate = credentials.LoadCertificate();
        using ApiClient api = new(credentials.Server, credentials.CaPem, certificate: certificate);
        bool registered = false;
        while (true)
        {
            TimeSpan wait = Beat;
            try
            {
                if (!registered)
                {
                    await RegisterAsync(api).ConfigureAwait(false);
                    registered = true;
                    Klog.Info("kubelet_node_status.go:78", $"\"Successfully registered node\" node=\"{settings.NodeName}\"");
                }
                await ReportAsync(api).ConfigureAwait(false);
            }
            catch (ApiException e)
            {
                Klog.Error(
                    "kubelet_node_status.go:107", $"\"{(registered ? "Error updating node status, will retry" : "Unable to register node with API server")}\" err=\"{e.Message}\" node=\"{settings.NodeName}\"");
                registered = registered && e.Status != 404;
                wait = TimeSpan.FromSeconds(1);
            }
            await Task.Delay(wait, ct).ConfigureAwait(false);
        }
    }

    private async Task RegisterAsync(ApiClient api)
    {
        JsonObject labels = new()
        {
            ["beta.kubernetes.io/arch"] = "amd64",
            ["beta.kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = "amd64",
            ["kubernetes.io/hostname"] = settings.NodeName,
            ["kubernetes.io/os"] = "linux",
        };
        foreach ((string key, string value) in settings.Labels)
        {
            labels[key] = value;
        }
        JsonObject node = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = settings.NodeName, ["labels"] = labels },
            ["spec"] = new JsonObject { ["taints"] = new JsonArray([.. settings.Taints.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value, ["effect"] = t.Effect })]) },
            ["status"] = await StatusAsync().ConfigureAwait(false),
        };
        try
        {
            await api.SendAsync(HttpMethod.Post, "/api/v1/nodes", node).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.Status == 409)
        {
            // It exists: a restart, or a node that was here before. The real kubelet reconciles and goes on.
        }
    }

    private async Task ReportAsync(ApiClient api)
    {
        JsonObject patch = new() { ["status"] = await StatusAsync().ConfigureAwait(false) };
        await api.SendAsync(HttpMethod.Patch, $"/api/v1/nodes/{settings.NodeName}/status", patch, "application/strategic-merge-patch+json").ConfigureAwait(false);
        string now = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        const string leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        JsonObject lease = new()
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = new JsonObject { ["name"] = settings.NodeName, ["namespace"] = "kube-node-lease" },
            ["spec"] = new JsonObject { ["holderIdentity"] = settings.NodeName, ["leaseDurationSeconds"] = 40, ["renewTime"] = now },
        };
        try
        {
            await api.SendAsync(HttpMethod.Put, $"{leases}/{settings.NodeName}", lease).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.Status == 404)
        {
            await api.SendAsync(HttpMethod.Post, leases, (JsonObject)lease.DeepClone()).ConfigureAwait(false);
        }
    }

    private async Task<JsonObject> StatusAsync()
    {
        string now = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string problem = "", runtime = "";
        try
        {
            (string name, string version, _) = await Cri.VersionAsync(settings.RuntimeEndpoint).ConfigureAwait(false);
            runtime = $"{name}://{version}";
            problem = string.Join(", ", (await Cri.ConditionsAsync(settings.RuntimeEndpoint).ConfigureAwait(false))
                .Where(c => !c.Status && c.Type is "RuntimeReady" or "NetworkReady" && !c.Status)
                .Select(c => $"container runtime network not ready: {c.Type}=false message:{c.Message}"));
        }
        catch (FatalException e)
        {
            problem = $"container runtime is down: {e.Message}";
        }
        JsonArray addresses = [.. Addresses().Select(JsonNode (a) => new JsonObject { ["type"] = "InternalIP", ["address"] = a })];
        addresses.Add((JsonNode)new JsonObject { ["type"] = "Hostname", ["address"] = settings.NodeName });
        return new()
        {
            ["addresses"] = addresses,
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = problem.Length == 0 ? "True" : "False",
                ["reason"] = problem.Length == 0 ? "KubeletReady" : "KubeletNotReady",
                ["message"] = problem.Length == 0 ? "kubelet is posting ready status" : problem,
                ["lastHeartbeatTime"] = now,
            }),
            ["nodeInfo"] = new JsonObject
            {
                ["kubeletVersion"] = StandIn.Version.Text,
                ["containerRuntimeVersion"] = runtime,
                ["machineID"] = File.Exists("/etc/machine-id") ? (await File.ReadAllTextAsync("/etc/machine-id").ConfigureAwait(false)).Trim() : "",
                ["architecture"] = "amd64",
                ["operatingSystem"] = "linux",
            },
        };
    }

    /// <summary>The addresses asked for, else the first of an interface that is up.</summary>
    private IEnumerable<string> Addresses() => settings.NodeIps.Any() ? settings.NodeIps : NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i is { OperationalStatus: OperationalStatus.Up, NetworkInterfaceType: not NetworkInterfaceType.Loopback })
        .SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
        .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)).Select(a => a.ToString()).Take(1);
}
