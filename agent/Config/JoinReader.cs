namespace Slipway.Config;

/// <summary>Reads <c>spec.join</c> into its records.</summary>
internal static class JoinReader
{
    /// <summary>The section, out of a mapping that has been checked.</summary>
    public static JoinSection Read(SectionReader join) =>
        new(join.Word<JoinMode>("mode"), join.Section("kubeadm", Kubeadm), join.Section("eks", Eks));

    private static KubeadmSection Kubeadm(SectionReader kubeadm) => new(
        kubeadm.Section("join", Join),
        kubeadm.Section("init", Init),
        KubeadmDocuments.Read(kubeadm.Node("documents")),
        kubeadm.Texts("ignorePreflightErrors"),
        kubeadm.Text("patches"));

    private static KubeadmJoin Join(SectionReader join) => new(
        join.Parsed("apiServerEndpoint", HostPort.TryParse),
        join.Secret("token"),
        join.Texts("caCertHashes"),
        join.Text("caCertificate"),
        join.Text("discoveryFile"),
        join.Flag("unsafeSkipCAVerification"),
        join.Section("controlPlane", s => new ControlPlaneSection(s.Secret("certificateKey"), s.Text("advertiseAddress"), s.Number("bindPort"))));

    private static KubeadmInit Init(SectionReader init) => new()
    {
        ClusterName = init.Text("clusterName"),
        ControlPlaneEndpoint = init.Parsed("controlPlaneEndpoint", HostPort.TryParse),
        PodSubnet = init.Text("podSubnet"),
        ServiceSubnet = init.Text("serviceSubnet"),
        ImageRepository = init.Text("imageRepository"),
        SingleNode = init.Flag("singleNode"),
        ExternalEtcd = init.Section("externalEtcd", s => new ExternalEtcdSection(
            s.Items("endpoints", e => Url.TryParse(((ScalarNode)e).Raw, "https", "http")!), s.Text("caFile"), s.Text("certFile"), s.Text("keyFile"))),
        UploadCerts = init.Flag("uploadCerts"),
        Audit = init.Section("audit", s => new AuditSection(
            s.Text("policyFile"), s.Text("logPath"), s.Number("logMaxAge"), s.Number("logMaxBackup"), s.Number("logMaxSize"))),
        ExtraArgs = init.Section("extraArgs", s => new ExtraArgsSection(s.Map("apiServer"), s.Map("controllerManager"), s.Map("scheduler"), s.Map("etcd"))),
        Manifests = init.Items("manifests", ReadManifest),
        StaticPods = init.Items("staticPods", ReadManifest),
    };

    private static Manifest ReadManifest(ConfigNode node)
    {
        if (node is not ScalarNode scalar)
        {
            var fields = new SectionReader((MappingNode)node);
            return new Manifest(fields.Text("path"), fields.Address("url"), fields.Text("digest")?.ToLowerInvariant());
        }

        string[] parts = scalar.Raw.Split("#sha256=");
        return scalar.Raw.StartsWith('/')
            ? new Manifest(scalar.Raw, null, null)
            : new Manifest(null, Url.TryParse(parts[0], "https"), $"sha256:{parts[^1].ToLowerInvariant()}");
    }

    private static EksSection Eks(SectionReader eks) => new(
        eks.Flag("enableCredentialsFile"),
        eks.Section("cluster", s => new ClusterSection(s.Text("name"), s.Text("region"), s.Address("apiServerEndpoint"), s.Text("certificateAuthority"),
            s.Text("cidr"), s.Texts("remoteNodeNetworks"))),
        eks.Section("ssm", s => new SsmSection(s.Text("activationId"), s.Secret("activationCode"))),
        eks.Section("iamRolesAnywhere", s => new IamRolesAnywhereSection(s.Text("nodeName"), s.Text("trustAnchorArn"), s.Text("profileArn"),
            s.Text("roleArn"), s.Text("certificatePath"), s.Text("privateKeyPath"))));
}
