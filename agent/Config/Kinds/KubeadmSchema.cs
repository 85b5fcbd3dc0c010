using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>
/// Every field of kubeadm's documents in both versions that are in use (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
/// and …v1beta3/): one table, with the few places where the versions differ marked in it.
/// </summary>
internal static class KubeadmSchema
{
    /// <summary>The version that is written: every supported Kubernetes takes it, since 1.31, and from 1.37 on no other.</summary>
    public const string V1Beta4 = "kubeadm.k8s.io/v1beta4";

    /// <summary>The version before it: read, and converted.</summary>
    public const string V1Beta3 = "kubeadm.k8s.io/v1beta3";

    /// <summary>The kinds that configure a node, kubeadm's own first.</summary>
    public static readonly string[] Kinds = ["JoinConfiguration", "InitConfiguration", "ClusterConfiguration"];

    private static readonly FieldType ProxyDocument = new Tree("kube-proxy's settings, which hold no secret");
    private static readonly Text Line = new(TextFormat.Line);
    private static readonly Text Path = new(TextFormat.AbsolutePath);
    private static readonly Text Duration = new(TextFormat.AnyDuration);
    private static readonly ListOf Lines = new(Line);
    private static readonly ListOf Webs = new(new Text(TextFormat.Web));
    private static readonly Confidential Token = new(TextFormat.Token, true);
    private static readonly Confidential CertificateKey = new(TextFormat.CertificateKey, true);
    private static readonly Section[] Tables = [.. Build(V1Beta3, newer: false), .. Build(V1Beta4, newer: true)];

    /// <summary>What <c>spec.join.kubeadm.documents</c> takes: documents as text (read into a list at once) or a list, or where they are read.</summary>
    public static FieldType Documents { get; } = new Varying("kubeadm's own documents",
        node => node is SequenceNode ? Listed! : new Confidential(TextFormat.Any, true));

    private static ListOf Listed { get; } = new(new Varying("a kubeadm document", node => node is MappingNode document ? Of(document) : Varying.Unknown));

    /// <summary>
    /// The table for a document: a <see cref="Section"/> for kubeadm's own and the kubelet's, a <see cref="Tree"/> for kube-proxy's, and for
    /// all others, such as those of a version that is not known, <see cref="Varying.Unknown"/>.
    /// </summary>
    public static FieldType Of(MappingNode document) =>
        (document.TextAt("apiVersion"), document.TextAt("kind")) is (KubeletSchema.ApiVersion, "KubeletConfiguration")
            ? KubeletSchema.Configuration
            : Table(document.TextAt("apiVersion"), document.TextAt("kind"))
                ?? (document.TextAt("kind") == "KubeProxyConfiguration" ? ProxyDocument : Varying.Unknown);

    /// <summary>The table for a version and a kind, or null.</summary>
    public static Section? Table(string? version, string? kind) => version switch
    {
        V1Beta3 or V1Beta4 when Array.IndexOf(Kinds, kind) is >= 0 and var index => Tables[index + (version == V1Beta4 ? Kinds.Length : 0)],
        _ => null,
    };

    private static Section[] Build(string version, bool newer)
    {
        FieldType arguments = newer
            ? new ListOf(new Section(F("name", Line), F("value", new Text(TextFormat.Any, AnyScalar: true))) { Rules = [new Rule.Required("name")] })
            : new MapOf(new TextFormat("the name of a flag", t => t.Length > 0 && TextFormat.Line.Accepts(t)), new Text(TextFormat.Any, AnyScalar: true));
        Field[] timeouts = newer
            ? [F("timeouts", new Section([.. Fields(Duration, "controlPlaneComponentHealthCheck", "kubeletHealthCheck", "kubernetesAPICall", "etcdAPICall",
                "tlsBootstrap", "discovery", "upgradeManifests")])), F("dryRun", new Flag())]
            : [];
        Field[] image = [F("imageRepository", new Text(TextFormat.Image)), F("imageTag", Line)];
        Field[] environment = newer
            ? [F("extraEnvs", new ListOf(new Section(F("name", Line), F("value", new Confidential(TextFormat.Any, false) { ValueOnly = true }), F("valueFrom", new Tree("an EnvVarSource")))))]
            : [];
        Field[] component =
        [
            F("extraArgs", arguments),
            F("extraVolumes", new ListOf(new Section([.. Fields(Line, "name", "hostPath", "mountPath", "pathType"), F("readOnly", new Flag())]))),
            .. environment,
        ];
        Field[] endpoint = [F("advertiseAddress", new Text(TextFormat.Address)), F("bindPort", new Number(0, 65535))];
        Field[] common =
        [
            F("nodeRegistration", new Section(
            [
                F("name", new Text(new TextFormat(TextFormat.NodeName.Expected, t => NameForms.IsNodeName(t.Trim().ToLowerInvariant())))),
                F("criSocket", Line),
                F("taints", new ListOf(new Section(F("key", new Text(TextFormat.TaintKey)), F("value", new Text(TextFormat.LabelValue)),
                    F("effect", Choice.Of<TaintEffect>(lower: false)), F("timeAdded", Line)) { Rules = [new Rule.Required("key"), new Rule.Required("effect")] })),
                F("kubeletExtraArgs", arguments),
                F("ignorePreflightErrors", Lines),
                F("imagePullPolicy", OneOf("Always", "IfNotPresent", "Never")),
                .. newer ? Fields(new Flag(), "imagePullSerial") : [],
            ])),
            F("skipPhases", Lines),
            F("patches", new Section(F("directory", Path))),
            .. timeouts,
        ];
        Field[] join =
        [
            .. common,
            F("caCertPath", Path),
            F("discovery", new Section(
            [
                F("bootstrapToken", new Section(F("token", Token), F("apiServerEndpoint", new Text(TextFormat.Endpoint)),
                    F("caCertHashes", new ListOf(new Text(TextFormat.CaHash))), F("unsafeSkipCAVerification", new Flag()))
                {
                    Rules = [new Rule.Required("token"), new Rule.Required("apiServerEndpoint"), new Rule.Required("caCertHashes", UnlessGiven: "unsafeSkipCAVerification")],
                }),
                F("file", new Section(F("kubeConfigPath", new Text(TextFormat.PathOrHttps))) { Rules = [new Rule.Required("kubeConfigPath")] }),
                F("tlsBootstrapToken", Token),
                .. newer ? [] : Fields(Duration, "timeout"),
            ]) { Rules = [new Rule.ExactlyOne("bootstrapToken", "file")] }),
            F("controlPlane", new Section(F("localAPIEndpoint", new Section(endpoint)), F("certificateKey", CertificateKey))),
        ];
        Field[] init =
        [
            .. common,
            F("bootstrapTokens", new ListOf(new Section([F("token", Token), .. Fields(Line, "description", "expires"), F("ttl", Duration), .. Fields(Lines, "usages", "groups")]))),
            F("localAPIEndpoint", new Section(endpoint)),
            F("certificateKey", CertificateKey),
        ];
        Field[] cluster =
        [
            F("kubernetesVersion", Line),
            F("clusterName", Line),
            F("controlPlaneEndpoint", new Text(TextFormat.HostMaybePort with { EmptyIsAbsent = true })),
            F("certificatesDir", Path),
            image[0],
            F("networking", new Section([.. Fields(new Text(TextFormat.Cidrs with { Accepts = t => NodeIp.IsCidrs(t) || NodeIp.Masked(t) is not null }), "serviceSubnet", "podSubnet"), F("dnsDomain", new Text(TextFormat.DnsName))])),
            F("etcd", new Section(
                F("local", new Section([.. image, F("dataDir", Path), F("extraArgs", arguments), .. environment, .. Fields(Lines, "serverCertSANs", "peerCertSANs")])),
                F("external", new Section([F("endpoints", Webs), .. Fields(Path, "caFile", "certFile", "keyFile"), .. newer ? Fields(Webs, "httpEndpoints") : []])))),
            F("apiServer", new Section([.. component, F("certSANs", Lines), .. newer ? [] : Fields(Duration, "timeoutForControlPlane")])),
            F("controllerManager", new Section(component)),
            F("scheduler", new Section(component)),
            F("dns", new Section([.. image, .. newer ? Fields(new Flag(), "disabled") : []])),
            F("featureGates", new MapOf(TextFormat.Any, new Flag())),
            .. newer
                ? (Field[])[F("proxy", new Section(F("disabled", new Flag()))), F("encryptionAlgorithm", OneOf("RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384")),
                    .. Fields(Duration, "certificateValidityPeriod", "caCertificateValidityPeriod")]
                : [],
        ];
        return [Document(0, join, new Rule.Required("discovery")), Document(1, init), Document(2, cluster)];

        Section Document(int kind, Field[] fields, params Rule[] rules) =>
            new([F("apiVersion", new Choice([version])), F("kind", new Choice([Kinds[kind]])), .. fields]) { Rules = rules };
    }

    private static Field F(string name, FieldType type) => new(name, type, "");

    private static Field[] Fields(FieldType type, params string[] names) => [.. names.Select(name => F(name, type))];

    private static Text OneOf(params string[] words) => new(new TextFormat($"one of {string.Join(", ", words)}", words.Contains));
}
