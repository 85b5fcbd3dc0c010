using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>What <c>kubeadm join --config</c> is told, after strict decoding, defaulting and validation.</summary>
internal sealed partial record JoinConfiguration
{
    /// <summary>Name of the Node; the lower-cased host name when the file gives none.</summary>
    public required string NodeName { get; init; }

    /// <summary>Where the container runtime listens, as a <c>unix://</c> URL.</summary>
    public required string CriSocket { get; init; }

    /// <summary>Host and port of the API server to discover the cluster from.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Token whose secret signs cluster-info.</summary>
    public required string Token { get; init; }

    /// <summary>Token that the kubelet shows for its first certificate.</summary>
    public required string TlsBootstrapToken { get; init; }

    /// <summary>Pins of the cluster CA, <c>sha256:HEX</c>; empty only with <see cref="SkipsCaVerification"/>.</summary>
    public required IReadOnlyList<string> CaCertHashes { get; init; }

    /// <summary>Whether the file spells out that no pin is wanted.</summary>
    public required bool SkipsCaVerification { get; init; }

    /// <summary>Where the cluster CA goes.</summary>
    public required string CaCertPath { get; init; }

    /// <summary>Flags for the kubelet, in order; names without dashes.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> KubeletExtraArgs { get; init; }

    /// <summary>Taints as the kubelet's flag writes them: <c>key=value:Effect</c>.</summary>
    public required IReadOnlyList<string> Taints { get; init; }

    /// <summary>Checks whose errors are shown as warnings only.</summary>
    public required IReadOnlyList<string> IgnoredPreflightErrors { get; init; }

    /// <summary>Phases to leave out.</summary>
    public required IReadOnlyList<string> SkipPhases { get; init; }

    /// <summary>Directory with patches; empty for none.</summary>
    public required string PatchesDirectory { get; init; }

    /// <summary>How long discovery may take.</summary>
    public required TimeSpan DiscoveryTimeout { get; init; }

    /// <summary>How long a call to the API server is retried.</summary>
    public required TimeSpan ApiCallTimeout { get; init; }

    /// <summary>How long the kubelet may take to answer healthz.</summary>
    public required TimeSpan KubeletHealthTimeout { get; init; }

    /// <summary>How long the kubelet may take to get its certificate.</summary>
    public required TimeSpan TlsBootstrapTimeout { get; init; }

    /// <summary>Reads, checks and defaults a file.</summary>
    /// <exception cref="FatalException">In the words of kubeadm.</exception>
    public static JoinConfiguration Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FatalException($"unable to read config from \"{path}\": open {path}: no such file or directory");
        }
        List<JsonObject> documents = Yaml.ReadAll(text);
        foreach (JsonObject document in documents)
        {
            CheckVersion(document);
        }
        JsonObject join = documents.LastOrDefault(d => Text(d, "kind") == "JoinConfiguration")
            ?? throw new FatalException($"no JoinConfiguration found in config file \"{path}\"");
        string version = Text(join, "apiVersion").Split('/')[^1];
        string[] errors = [.. (version == "v1beta3" ? JoinShapes.V1Beta3 : JoinShapes.V1Beta4).Check(join)];
        if (errors.Length > 0)
        {
            throw new FatalException(
                $"error unmarshaling configuration schema.GroupVersionKind{{Group:\"kubeadm.k8s.io\", Version:\"{version}\", Kind:\"JoinConfiguration\"}}: strict decoding error: {string.Join(", ", errors)}");
        }
        JoinConfiguration result = Read(join);
        result.Validate();
        return result;
    }

    private static void CheckVersion(JsonObject document)
    {
        string apiVersion = Text(document, "apiVersion");
        string kind = Text(document, "kind");
        if (apiVersion.Length == 0 || kind.Length == 0)
        {
            throw new FatalException("invalid configuration: kind and apiVersion is mandatory information that must be specified");
        }
        const string migrate = "which will write the new, similar spec using a newer API version.";
        switch (apiVersion)
        {
            case "kubeadm.k8s.io/v1beta4":
                break;
            case "kubeadm.k8s.io/v1beta3" when !StandIn.Version.IsAtLeast(37):
                Klog.Warning(
                    "common.go:101", $"your configuration file uses a deprecated API spec: \"{apiVersion}\" (kind: \"{kind}\"). Please use 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', {migrate}");
                break;
            case "kubeadm.k8s.io/v1beta3" or "kubeadm.k8s.io/v1beta2" or "kubeadm.k8s.io/v1beta1":
                throw new FatalException(
                    $"your configuration file uses an old API spec: \"{apiVersion}\" (kind: \"{kind}\"). Please use kubeadm v1.{(apiVersion.EndsWith('3') ? 36 : 22)} instead and run 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', {migrate}");
            case var other when other.StartsWith("kubeadm.k8s.io/", StringComparison.Ordinal):
                throw new FatalException(
                    $"no kind \"{kind}\" is registered for version \"{apiVersion}\" in scheme \"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme/scheme.go:31\"");
            case "kubelet.config.k8s.io/v1beta1" or "kubeproxy.config.k8s.io/v1alpha1":
                break;
            default:
                throw new FatalException(
                    $"[config] WARNING: Ignored YAML document with GroupVersionKind {apiVersion}, Kind={kind} (the stand-in refuses it)");
        }
    }

    private static JoinConfiguration Read(JsonObject join)
    {
        JsonObject node = Map(join, "nodeRegistration"), discovery = Map(join, "discovery"), timeouts = Map(join, "timeouts"), token = Map(discovery, "bootstrapToken");
        if (join["controlPlane"] is not null || discovery["file"] is not null)
        {
            throw new FatalException("the stand-in joins workers by token only (no controlPlane, no discovery.file)");
        }
        if (discovery["bootstrapToken"] is null)
        {
            throw new FatalException("discovery: Invalid value: \"\": bootstrapToken or file must be set");
        }
        string shared = Text(discovery, "tlsBootstrapToken");
        return new()
        {
            NodeName = Text(node, "name") is { Length: > 0 } name ? name.Trim().ToLowerInvariant() : Environment.MachineName.ToLowerInvariant(),
            CriSocket = Text(node, "criSocket") is { Length: > 0 } socket ? socket : "unix:///var/run/containerd/containerd.sock",
            Endpoint = Text(token, "apiServerEndpoint"),
            Token = Text(token, "token"),
            TlsBootstrapToken = shared.Length > 0 ? shared : Text(token, "token"),
            CaCertHashes = Texts(token, "caCertHashes"),
            SkipsCaVerification = token["unsafeSkipCAVerification"]?.GetValue<bool>() ?? false,
            CaCertPath = Text(join, "caCertPath") is { Length: > 0 } ca ? ca : "/etc/kubernetes/pki/ca.crt",
            KubeletExtraArgs = node["kubeletExtraArgs"] switch
            {
                JsonArray list => [.. list.OfType<JsonObject>().Select(a => KeyValuePair.Create(Text(a, "name"), Text(a, "value")))],
                JsonObject map => [.. map.Select(a => KeyValuePair.Create(a.Key, a.Value?.GetValue<string>() ?? ""))],
                _ => [],
            },
            Taints = node["taints"] is JsonArray taints
                ? [.. taints.OfType<JsonObject>().Select(t => Text(t, "key") + (Text(t, "value") is { Length: > 0 } value ? "=" + value : "") + ":" + Text(t, "effect"))]
                : [],
            IgnoredPreflightErrors = Texts(node, "ignorePreflightErrors"),
            SkipPhases = Texts(join, "skipPhases"),
            PatchesDirectory = Text(Map(join, "patches"), "directory"),
            DiscoveryTimeout = Duration(timeouts["discovery"] ?? discovery["timeout"], TimeSpan.FromMinutes(5)),
            ApiCallTimeout = Duration(timeouts["kubernetesAPICall"], TimeSpan.FromMinutes(1)),
            KubeletHealthTimeout = Duration(timeouts["kubeletHealthCheck"], TimeSpan.FromMinutes(4)),
            TlsBootstrapTimeout = Duration(timeouts["tlsBootstrap"], TimeSpan.FromMinutes(5)),
        };
    }

    private void Validate()
    {
        List<string> errors = [];
        if (CaCertHashes.Count == 0 && !SkipsCaVerification)
        {
            errors.Add(
                "discovery.bootstrapToken.caCertHashes: Invalid value: \"\": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue");
        }
        if (!TokenFormat().IsMatch(Token))
        {
            errors.Add($"discovery.bootstrapToken.token: Invalid value: \"{Token}\": the bootstrap token is invalid");
        }
        if (!Uri.TryCreate("https://" + Endpoint, UriKind.Absolute, out Uri? uri) || !Endpoint.Contains(':', StringComparison.Ordinal) || uri.AbsolutePath != "/")
        {
            errors.Add(
                $"discovery.bootstrapToken.apiServerEndpoint: Invalid value: \"{Endpoint}\": address {Endpoint}: missing port in address");
        }
        if (!TokenFormat().IsMatch(TlsBootstrapToken))
        {
            errors.Add($"discovery.tlsBootstrapToken: Invalid value: \"{TlsBootstrapToken}\": the bootstrap token is invalid");
        }
        if (!DnsSubdomain().IsMatch(NodeName) || NodeName.Length > 253)
        {
            errors.Add(
                $"nodeRegistration.name: Invalid value: \"{NodeName}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
        }
        if (!CriSocket.StartsWith("unix://", StringComparison.Ordinal))
        {
            errors.Add(
                $"nodeRegistration.criSocket: Invalid value: \"{CriSocket}\": only URL scheme \"unix\" is supported, got \"{CriSocket}\"");
        }
        if (!CaCertPath.StartsWith('/') || !CaCertPath.EndsWith(".crt", StringComparison.Ordinal))
        {
            errors.Add($"caCertPath: Invalid value: \"{CaCertPath}\": the ca certificate path must be an absolute path");
        }
        if (errors.Count > 0)
        {
            throw new FatalException(errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
        }
    }

    private static string Text(JsonObject map, string name) =>
        map[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static JsonObject Map(JsonObject map, string name) => map[name] as JsonObject ?? [];

    private static List<string> Texts(JsonObject map, string name) =>
        map[name] is JsonArray list ? [.. list.Select(i => i!.GetValue<string>())] : [];

    private static TimeSpan Duration(JsonNode? node, TimeSpan otherwise) =>
        node is not null && GoDuration.TryParse(node.GetValue<string>(), out TimeSpan value) && value > TimeSpan.Zero ? value : otherwise;

    [GeneratedRegex(@"\A([a-z0-9]{6})\.([a-z0-9]{16})\z")]
    private static partial Regex TokenFormat();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex DnsSubdomain();
}
