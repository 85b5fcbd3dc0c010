using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Stubs.Common;
using Slipway.Stubs.Kubelet;

namespace Slipway.Stubs.Kubeadm;

/// <summary>Writes what the kubelet needs, starts it and waits until it has its certificate (<c>phases/join/kubelet.go</c>).</summary>
internal sealed class KubeletStart(JoinConfiguration join, Kubeconfig cluster, ClusterSettings settings)
{
    /// <summary>The short-lived credential of the first start.</summary>
    public const string BootstrapKubeconfig = "/etc/kubernetes/bootstrap-kubelet.conf";

    private const string KubeletKubeconfig = "/etc/kubernetes/kubelet.conf";
    private const string PauseFile = "/run/slipway-standin/pause-before-kubelet-start";
    private const string Troubleshooting = """

        Unfortunately, an error has occurred, likely caused by:
        	- The kubelet is not running
        	- The kubelet is unhealthy due to a misconfiguration of the node in some way (required cgroups disabled)

        If you are on a systemd-powered system, you can try to troubleshoot the error with the following commands:
        	- 'systemctl status kubelet'
        	- 'journalctl -xeu kubelet'

        """;

    /// <summary>Files first, then the unit.</summary>
    public async Task StartAsync()
    {
        NodeFile.WritePrivate(BootstrapKubeconfig, Kubeconfig.ForToken(cluster.Server, cluster.CaPem!, join.TlsBootstrapToken));
        if (!File.Exists(join.CaCertPath))
        {
            NodeFile.WritePublic(join.CaCertPath, cluster.CaPem!);
        }
        await RefuseReadyNodeAsync().ConfigureAwait(false);
        await ChildProcess.RunAsync("systemctl", "stop", "kubelet").ConfigureAwait(false);
        WriteKubeletConfiguration();
        Console.WriteLine("[kubelet-start] Writing kubelet environment file with flags to file \"/var/lib/kubelet/kubeadm-flags.env\"");
        NodeFile.WritePublic("/var/lib/kubelet/kubeadm-flags.env", $"KUBELET_KUBEADM_ARGS=\"{string.Join(' ', KubeletFlags())}\"\n");
        await PauseAsync().ConfigureAwait(false);
        Console.WriteLine("[kubelet-start] Starting the kubelet");
        await ChildProcess.RunAsync("systemctl", "daemon-reload").ConfigureAwait(false);
        (int exit, string output) = await ChildProcess.RunAsync("systemctl", "start", "kubelet").ConfigureAwait(false);
        if (exit != 0)
        {
            Console.WriteLine(
                $"[kubelet-start] WARNING: unable to start the kubelet service: [{output.Trim()}]\n[kubelet-start] Please ensure kubelet is reloaded and running manually.");
        }
    }

    /// <summary>Waits for healthz, then for a kubelet.conf whose certificate is there.</summary>
    public async Task WaitAsync()
    {
        string host = Setting("healthzBindAddress", "127.0.0.1"), port = Setting("healthzPort", "10248"), url = $"http://{host}:{port}/healthz";
        Console.WriteLine(
            $"[kubelet-check] Waiting for a healthy kubelet at {url}. This can take up to {GoDuration.Format(join.KubeletHealthTimeout)}");
        Stopwatch clock = Stopwatch.StartNew();
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
        while (!await IsHealthyAsync(http, url).ConfigureAwait(false))
        {
            if (clock.Elapsed > join.KubeletHealthTimeout)
            {
                Console.WriteLine(
                    $"[kubelet-check] The kubelet is not healthy after {GoDuration.Format(clock.Elapsed)}\n{Troubleshooting}");
                throw new FatalException(
                    $"failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL {url}' returned error: Get \"{url}\": context deadline exceeded");
            }
            await Task.Delay(500).ConfigureAwait(false);
        }
        Console.WriteLine($"[kubelet-check] The kubelet is healthy after {GoDuration.Format(clock.Elapsed)}");
        Console.WriteLine("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap");
        clock.Restart();
        while (!HasCertificate())
        {
            if (clock.Elapsed > join.TlsBootstrapTimeout)
            {
                Console.WriteLine(Troubleshooting);
                throw new FatalException("timed out waiting for the condition");
            }
            await Task.Delay(1000).ConfigureAwait(false);
        }
        if (!StandIn.Version.IsAtLeast(34))
        {
            await AnnotateAsync().ConfigureAwait(false);
        }
    }

    private async Task RefuseReadyNodeAsync()
    {
        using ApiClient api = new(cluster.Server, cluster.CaPem, join.TlsBootstrapToken);
        JsonObject node;
        try
        {
            node = await api.SendAsync(HttpMethod.Get, "/api/v1/nodes/" + join.NodeName).ConfigureAwait(false);
        }
        catch (ApiException e) when (e.Status == 404)
        {
            return;
        }
        catch (ApiException e)
        {
            throw new FatalException($"cannot get Node \"{join.NodeName}\": {e.Message}");
        }
        if (node["status"]?["conditions"] is JsonArray conditions && conditions.Any(c => c?["type"]?.GetValue<string>() == "Ready" && c["status"]?.GetValue<string>() == "True"))
        {
            throw new FatalException(
                $"a Node with name \"{join.NodeName}\" and status \"Ready\" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node");
        }
    }

    private void WriteKubeletConfiguration()
    {
        JsonObject configuration = settings.Kubelet;
        foreach (string file in PatchFiles())
        {
            foreach (JsonObject patch in Yaml.ReadAll(File.ReadAllText(file)))
            {
                Yaml.Merge(configuration, patch);
            }
            Console.WriteLine(
                "[patches] Applied patch of type \"application/strategic-merge-patch+json\" to target \"kubeletconfiguration\"");
        }
        if (StandIn.Version.IsAtLeast(34))
        {
            // NodeLocalCRISocket: the socket is this node's own affair and lives in a file of its own.
            const string instance = "/var/lib/kubelet/instance-config.yaml";
            Console.WriteLine($"[kubelet-start] Writing kubelet configuration to file \"{instance}\"");
            NodeFile.WritePublic(instance, $"apiVersion: kubelet.config.k8s.io/v1beta1\ncontainerRuntimeEndpoint: {join.CriSocket}\nkind: KubeletConfiguration\n");
            configuration["containerRuntimeEndpoint"] = join.CriSocket;
            Console.WriteLine(
                "[patches] Applied patch of type \"application/strategic-merge-patch+json\" to target \"kubeletconfiguration\"");
        }
        Console.WriteLine("[kubelet-start] Writing kubelet configuration to file \"/var/lib/kubelet/config.yaml\"");
        NodeFile.WritePublic("/var/lib/kubelet/config.yaml", Yaml.Write(configuration));
    }

    private IEnumerable<string> PatchFiles()
    {
        if (join.PatchesDirectory.Length == 0)
        {
            return [];
        }
        string[] files = Directory.Exists(join.PatchesDirectory) ? Directory.GetFiles(join.PatchesDirectory)
            : throw new FatalException($"could not list patch files for path \"{join.PatchesDirectory}\": open {join.PatchesDirectory}: no such file or directory");
        return files.Where(f => Path.GetFileName(f).StartsWith("kubeletconfiguration", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    private List<string> KubeletFlags()
    {
        SortedDictionary<string, string> own = new(StringComparer.Ordinal);
        if (!StandIn.Version.IsAtLeast(34))
        {
            own["container-runtime-endpoint"] = join.CriSocket;
        }
        if (!StandIn.Version.IsAtLeast(35))
        {
            own["pod-infra-container-image"] = "registry.k8s.io/pause:" + (StandIn.Version.IsAtLeast(34) ? "3.10.1" : "3.10");
        }
        if (join.Taints.Count > 0)
        {
            own["register-with-taints"] = string.Join(',', join.Taints);
        }
        if (!join.NodeName.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase))
        {
            own["hostname-override"] = join.NodeName;
        }
        // What the configuration names replaces ours; duplicates within it are kept, as v1beta4 allows.
        foreach ((string name, _) in join.KubeletExtraArgs)
        {
            own.Remove(name);
        }
        return [.. own.Concat(join.KubeletExtraArgs).Select(f => $"--{f.Key}={f.Value}")];
    }

    private async Task AnnotateAsync()
    {
        Klog.V(1, "kubelet.go:284", "[kubelet-start] preserving the crisocket information for the node");
        Kubeconfig own = Kubeconfig.Parse(await File.ReadAllTextAsync(KubeletKubeconfig).ConfigureAwait(false));
        using ApiClient api = new(own.Server, own.CaPem, certificate: own.LoadCertificate());
        JsonObject patch = new() { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["kubeadm.alpha.kubernetes.io/cri-socket"] = join.CriSocket } } };
        DateTime deadline = DateTime.UtcNow + join.ApiCallTimeout;
        while (true)
        {
            try
            {
                await api.SendAsync(HttpMethod.Patch, "/api/v1/nodes/" + join.NodeName, patch, "application/strategic-merge-patch+json").ConfigureAwait(false);
                return;
            }
            catch (ApiException e) when (DateTime.UtcNow >= deadline)
            {
                throw new FatalException($"error writing CRISocket for this node: error patching Node \"{join.NodeName}\": {e.Message}");
            }
            catch (ApiException)
            {
                await Task.Delay(500).ConfigureAwait(false);
            }
        }
    }

    private static bool HasCertificate()
    {
        try
        {
            Kubeconfig.Parse(File.ReadAllText(KubeletKubeconfig)).LoadCertificate().Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or FatalException)
        {
            return false;
        }
    }

    private static async Task<bool> IsHealthyAsync(HttpClient http, string url)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(url)).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task PauseAsync()
    {
        if (File.Exists(PauseFile) && double.TryParse(await File.ReadAllTextAsync(PauseFile).ConfigureAwait(false), CultureInfo.InvariantCulture, out double seconds))
        {
            Console.WriteLine($"[stand-in] sleeping {seconds} s before the kubelet start, as {PauseFile} says");
            await Task.Delay(TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        }
    }

    private string Setting(string name, string otherwise) => settings.Kubelet[name] is { } value ? value.ToString() : otherwise;
}
