using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>What flags, the configuration file and its drop-ins come to.</summary>
internal sealed class KubeletSettings
{
    private readonly Flags flags;
    private readonly JsonObject configuration;

    private KubeletSettings(Flags flags, JsonObject configuration) => (this.flags, this.configuration) = (flags, configuration);

    /// <summary>Name of the Node.</summary>
    public string NodeName =>
        flags.Get("hostname-override") is { Length: > 0 } name ? name : Environment.MachineName.Trim().ToLowerInvariant();

    /// <summary>Where the credentials are, or will be.</summary>
    public string KubeconfigPath => flags.Get("kubeconfig");

    /// <summary>The credential for the first certificate; may be gone already.</summary>
    public string BootstrapPath => flags.Get("bootstrap-kubeconfig");

    /// <summary>Folder of the certificates.</summary>
    public string CertificateFolder => flags.Get("cert-dir", "/var/lib/kubelet/pki");

    /// <summary>Container runtime socket; the flag wins over the file.</summary>
    public string RuntimeEndpoint =>
        flags.Get("container-runtime-endpoint", Text("containerRuntimeEndpoint", "unix:///run/containerd/containerd.sock"));

    /// <summary>Where healthz is served.</summary>
    public string HealthzAddress => flags.Get("healthz-bind-address", Text("healthzBindAddress", "127.0.0.1"));

    /// <summary>Port of healthz.</summary>
    public int HealthzPort => int.Parse(flags.Get("healthz-port", Text("healthzPort", "10248")), CultureInfo.InvariantCulture);

    /// <summary>Port of the kubelet's own API.</summary>
    public int Port => int.Parse(flags.Get("port", Text("port", "10250")), CultureInfo.InvariantCulture);

    /// <summary>Whether to make a Node object.</summary>
    public bool RegistersNode => flags.Get("register-node", Text("registerNode", "true")) != "false";

    /// <summary>Addresses of the node; empty lets the kubelet choose.</summary>
    public IEnumerable<string> NodeIps => flags.List("node-ip");

    /// <summary>Labels from <c>--node-labels</c>.</summary>
    public IEnumerable<KeyValuePair<string, string>> Labels =>
        flags.List("node-labels").Select(l => l.Split('=', 2)).Select(l => KeyValuePair.Create(l[0], l.Length > 1 ? l[1] : ""));

    /// <summary>Taints from the flag or, failing that, the file: key, value, effect.</summary>
    public IEnumerable<(string Key, string Value, string Effect)> Taints => flags.Has("register-with-taints")
        ? flags.List("register-with-taints").Select(Taint)
        : (configuration["registerWithTaints"] as JsonArray ?? []).OfType<JsonObject>().Select(t => ($"{t["key"]}", $"{t["value"]}", $"{t["effect"]}"));

    /// <summary>Reads the file and its drop-ins, and checks what can be checked without touching anything.</summary>
    public static KubeletSettings Load(Flags flags)
    {
        JsonObject configuration = [];
        if (flags.Get("config") is { Length: > 0 } path)
        {
            configuration = Read(path);
        }
        if (flags.Get("config-dir") is { Length: > 0 } folder)
        {
            if (!Directory.Exists(folder))
            {
                throw new FatalException(
                    $"failed to merge kubelet configs: failed to walk through kubelet dropin directory \"{folder}\": lstat {folder}: no such file or directory");
            }
            foreach (string file in Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal))
            {
                Yaml.Merge(configuration, Read(file));
            }
        }
        if (flags.Get("kubeconfig").Length == 0)
        {
            throw new FatalException("failed to run Kubelet: the stand-in has no standalone mode: --kubeconfig is missing");
        }
        KubeletSettings settings = new(flags, configuration);
        settings.Validate();
        return settings;
    }

    /// <summary>What the machine must be like: no swap, cgroup v2 from 1.35 on.</summary>
    public void CheckMachine()
    {
        if (flags.Get("fail-swap-on", Text("failSwapOn", "true")) != "false" && File.Exists("/proc/swaps") && File.ReadAllLines("/proc/swaps").Length > 1)
        {
            throw new FatalException(
                "failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false");
        }
        if (StandIn.Version.IsAtLeast(35) && Text("failCgroupV1", "true") != "false" && !File.Exists("/sys/fs/cgroup/cgroup.controllers"))
        {
            throw new FatalException(
                "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release");
        }
    }

    private void Validate()
    {
        string[] restricted = [.. Labels.Select(l => l.Key).Where(IsRestricted)];
        if (restricted.Length > 0)
        {
            throw new FatalException(
                $"failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{string.Join(' ', restricted)}]\n--node-labels in the 'kubernetes.io' namespace must begin with an allowed prefix (kubelet.kubernetes.io, node.kubernetes.io) or be in the specifically allowed set (beta.kubernetes.io/arch, beta.kubernetes.io/instance-type, beta.kubernetes.io/os, failure-domain.beta.kubernetes.io/region, failure-domain.beta.kubernetes.io/zone, kubernetes.io/arch, kubernetes.io/hostname, kubernetes.io/os, node.kubernetes.io/instance-type, topology.kubernetes.io/region, topology.kubernetes.io/zone)");
        }
        string driver = flags.Get("cgroup-driver", Text("cgroupDriver", "cgroupfs"));
        if (driver is not ("systemd" or "cgroupfs"))
        {
            throw new FatalException(
                $"failed to validate kubelet configuration, error: invalid configuration: option {driver} specified for cgroupDriver");
        }
        foreach (string ip in NodeIps.Where(ip => !System.Net.IPAddress.TryParse(ip, out _)))
        {
            throw new FatalException($"bad --node-ip \"{ip}\"");
        }
        foreach ((string key, _, string effect) in Taints.Where(t => t.Effect is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute")))
        {
            throw new FatalException(
                $"failed to parse kubelet flag: invalid argument \"{key}:{effect}\" for \"--register-with-taints\" flag: invalid taint effect: {effect}, unsupported taint effect");
        }
    }

    private static bool IsRestricted(string label)
    {
        string ns = label.Contains('/', StringComparison.Ordinal) ? label[..label.IndexOf('/', StringComparison.Ordinal)] : "";
        bool reserved = ns is "kubernetes.io" or "k8s.io" || ns.EndsWith(".kubernetes.io", StringComparison.Ordinal) || ns.EndsWith(".k8s.io", StringComparison.Ordinal);
        bool allowed = ns is "kubelet.kubernetes.io" or "node.kubernetes.io" || ns.EndsWith(".kubelet.kubernetes.io", StringComparison.Ordinal) || ns.EndsWith(".node.kubernetes.io", StringComparison.Ordinal)
            || label is "beta.kubernetes.io/arch" or "beta.kubernetes.io/instance-type" or "beta.kubernetes.io/os" or "failure-domain.beta.kubernetes.io/region" or "failure-domain.beta.kubernetes.io/zone"
                or "kubernetes.io/arch" or "kubernetes.io/hostname" or "kubernetes.io/os" or "topology.kubernetes.io/region" or "topology.kubernetes.io/zone";
        return reserved && !allowed;
    }

    private static (string, string, string) Taint(string text)
    {
        int colon = text.LastIndexOf(':');
        string[] pair = text[..Math.Max(colon, 0)].Split('=', 2);
        return (pair[0], pair.Length > 1 ? pair[1] : "", text[(colon + 1)..]);
    }

    private static JsonObject Read(string path)
    {
        string Failed(string why) => $"failed to load kubelet config file, path: {path}, error: failed to load Kubelet config file {path}, error {why}";
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (IOException)
        {
            throw new FatalException(
                Failed($"failed to read kubelet config file \"{path}\", error: open {path}: no such file or directory"));
        }
        List<JsonObject> documents = Yaml.ReadAll(text);
        if (documents is not [var document])
        {
            throw new FatalException(Failed($"kubelet config file \"{path}\" was empty"));
        }
        if (document["apiVersion"]?.ToString() != "kubelet.config.k8s.io/v1beta1" || document["kind"]?.ToString() != "KubeletConfiguration")
        {
            throw new FatalException(
                Failed($"no kind \"{document["kind"]}\" is registered for version \"{document["apiVersion"]}\" in scheme \"pkg/kubelet/apis/config/scheme/scheme.go:33\""));
        }
        string[] errors = [.. KubeletConfigurationShape.Instance.Check(document)];
        return errors.Length == 0 ? document : throw new FatalException(Failed($"strict decoding error: {string.Join(", ", errors)}"));
    }

    private string Text(string name, string otherwise) =>
        configuration[name] is { } value && value.ToString() is { Length: > 0 } text ? text : otherwise;
}
