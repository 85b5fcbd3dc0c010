using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>Every field of a <c>slipway.dev/v1alpha1 NodeConfig</c>: the one table behind checking, merging, printing and saving.</summary>
internal static class NodeConfigSchema
{
    /// <summary>The version that this binary reads.</summary>
    public const string ApiVersion = "slipway.dev/v1alpha1";

    /// <summary>The kind.</summary>
    public const string Kind = "NodeConfig";

    /// <summary>A mapping in a secret's place: where the secret is read.</summary>
    public static Section SecretSource { get; } = new(
        new Field("fromFile", Text(TextFormat.AbsolutePath), "A file of the node."),
        new Field("fromCredential", Text(TextFormat.Credential), "A systemd credential of the service."),
        new Field("fromUrl", Text(TextFormat.Web), "An address to GET."),
        new Field("headers", new MapOf(TextFormat.Line, new Confidential(TextFormat.Line, false) { ValueOnly = true }), "Headers of that GET."),
        new Field("fromExec", new ListOf(Text(TextFormat.Any)), "A program and its arguments; what it prints."));

    private static readonly Section Kubernetes = new(
        new Field("version", Text(TextFormat.Version), "The version of kubelet, kubeadm and kubectl."),
        new Field("source", Choice.Of<KubernetesSource>(), "Where the binaries come from; none uses what the node has."));

    private static readonly Section Node = new(
        new Field("name", Text(TextFormat.NodeName), "The node's name in the cluster."),
        new Field("setHostname", new Flag(), "Whether the machine's hostname is set to that name."),
        new Field("ip", Text(TextFormat.NodeAddress), "The node's own address."),
        new Field("labels", new MapOf(TextFormat.LabelKey, Text(TextFormat.LabelValue)), "Labels the node registers with."),
        new Field("taints", new ListOf(new TextOr(Text(TextFormat.TaintText), new Section(
            new Field("key", Text(TextFormat.TaintKey), "The taint's key."),
            new Field("value", Text(TextFormat.LabelValue), "The taint's value."),
            new Field("effect", Choice.Of<TaintEffect>(lower: false), "What it does."))
        {
            Rules = [new Rule.Required("key"), new Rule.Required("effect")],
        })), "Taints the node registers with; absent takes the role's, an empty list none."));

    private static readonly Section Runtime = new(
        new Field("source", Choice.Of<RuntimeSource>(), "Where containerd comes from."),
        new Field("version", Text(TextFormat.Release), "The version of containerd."),
        new Field("config", new Confidential(TextFormat.Any, false), "TOML merged into containerd's configuration; may hold registry credentials."),
        new Field("sandboxImage", Text(TextFormat.Image), "The pause image."));

    private static readonly Section Kubelet = new(
        new Field("config", KubeletSchema.Configuration, "Fields of KubeletConfiguration."),
        new Field("flags", new ListOf(Text(TextFormat.Flag), Appends: true), "Flags for the kubelet, after all others."));

    private static readonly Section Artifacts = new(
        new Field("mirrors", Mirrors(TextFormat.Mirror), "Where upstream files are loaded from instead, tried in order."),
        new Field("bundle", Text(TextFormat.AbsolutePath), "A bundle file for sites without a network."),
        new Field("lock", Text(TextFormat.AbsolutePath), "A lock file with digests that win over the built-in ones."),
        new Field("unknownDigest", Choice.Of<UnknownDigest>(), "What happens to a file whose digest nothing vouches for."));

    private static readonly Section Images = new(
        new Field("archives", new ListOf(Text(TextFormat.AbsolutePath)), "Image archives to import before the join."),
        new Field("pull", new ListOf(Text(TextFormat.Image)), "Images to pull before the join."),
        new Field("registries", new MapOf(new TextFormat("a registry's host, or _default", t => t == "_default" || HostPort.TryParse(t) is not null, false), new Section(
            new Field("mirrors", Mirrors(TextFormat.Mirror), "Mirrors of the registry, tried in order: oci://HOST/PREFIX, or https://HOST, with /v2/PREFIX behind it where it has one."),
            new Field("ca", Text(TextFormat.Authorities), "CA certificates of the registry and its mirrors, PEM."),
            new Field("credentials", new Confidential(TextFormat.Line, false), "user:password, or a bearer token, for the registry itself; mirrors have their own."))), "Registries by host, written to certs.d."));

    private static readonly Section Proxy = new(
        new Field("http", Text(TextFormat.Proxy), "The proxy for http."),
        new Field("https", Text(TextFormat.Proxy), "The proxy for https."),
        new Field("noProxy", new ListOf(Text(TextFormat.NoProxy)), "Hosts, domains and networks reached without a proxy."));

    private static readonly Section System = new(
        new Field("swap", Choice.Of<SwapPolicy>(), "What to do about swap."),
        new Field("sysctl", new MapOf(TextFormat.Sysctl, Text(TextFormat.Line, anyScalar: true)), "Kernel settings."),
        new Field("modules", new ListOf(Text(TextFormat.Module)), "Kernel modules to load."),
        new Field("firewall", Choice.Of<FirewallPolicy>(), "What to do about a host firewall."),
        new Field("trustedCAs", Text(TextFormat.Authorities), "CA certificates for the agent, the OS store, containerd and mirrors, PEM."));

    private static readonly Section Timeouts = new(
        new Field("download", Text(TextFormat.Duration), "The longest that one download may take, retries included."),
        new Field("join", Text(TextFormat.Duration), "The longest that the join may take."),
        new Field("total", Text(TextFormat.Duration), "The longest that a run may take."));

    private static readonly Section Report = new(
        new Field("guestinfo", new Flag(), "Whether progress is written to guestinfo on a VMware host."),
        new Field("redact", new Flag(), "Whether the user data is redacted there once it is safely saved."));

    private static readonly Section Spec = new(
        new Field("kubernetes", Kubernetes, "The Kubernetes binaries."),
        new Field("node", Node, "The node as the cluster sees it."),
        new Field("runtime", Runtime, "The container runtime."),
        new Field("kubelet", Kubelet, "The kubelet's configuration."),
        new Field("artifacts", Artifacts, "Where files are loaded from and what vouches for them."),
        new Field("images", Images, "Container images and registries."),
        new Field("proxy", Proxy, "Proxies."),
        new Field("system", System, "The operating system's settings."),
        new Field("timeouts", Timeouts, "Deadlines."),
        new Field("join", JoinSchema.Join, "How the node joins its cluster."),
        new Field("report", Report, "Reporting to the hypervisor."));

    /// <summary>The whole document.</summary>
    public static Section Root { get; } = new(
        new Field("apiVersion", new Choice([ApiVersion]), "The format's version."),
        new Field("kind", new Choice([Kind]), "The format's name."),
        new Field("spec", Spec, "The node."));

    private static Text Text(TextFormat format, bool anyScalar = false) => new(format, anyScalar);

    private static ListOf Mirrors(TextFormat format) => new(new TextOr(Text(format), new Section(
        new Field("url", Text(format), "The mirror's address."),
        new Field("credentials", new Confidential(TextFormat.Line, false), "user:password, or a bearer token."))
    {
        Rules = [new Rule.Required("url")],
    }));
}
