using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>The part <c>spec.join</c> of <see cref="NodeConfigSchema"/>.</summary>
internal static class JoinSchema
{
    private static readonly Section ControlPlane = new(
        new Field("certificateKey", new Confidential(TextFormat.CertificateKey, true), "The key that the cluster's certificates were uploaded with."),
        new Field("advertiseAddress", Text(TextFormat.Address), "The address that this API server announces."),
        new Field("bindPort", new Number(1, 65535), "The port that this API server listens on."));

    private static readonly Section KubeadmJoin = new(
        new Field("apiServerEndpoint", Text(TextFormat.Endpoint), "The API server to discover the cluster at."),
        new Field("token", new Confidential(TextFormat.Token, true), "The bootstrap token."),
        new Field("caCertHashes", new ListOf(Text(TextFormat.CaHash)), "Pins of the cluster CA's public key."),
        new Field("caCertificate", Text(TextFormat.Certificates), "The cluster CA itself."),
        new Field("discoveryFile", Text(TextFormat.PathOrHttps), "A kubeconfig to discover the cluster with."),
        new Field("unsafeSkipCAVerification", new Flag(), "Join without proof of whose cluster it is."),
        new Field("controlPlane", ControlPlane, "Present makes the node a control-plane node."))
    {
        Rules =
        [
            new Rule.ExactlyOne("caCertHashes", "caCertificate", "discoveryFile", "unsafeSkipCAVerification"),
            new Rule.Required("apiServerEndpoint", UnlessGiven: "discoveryFile"),
            new Rule.Required("token", UnlessGiven: "discoveryFile"),
        ],
    };

    private static readonly Section ExternalEtcd = new(
        new Field("endpoints", new ListOf(Text(TextFormat.Web)), "The members' client addresses."),
        new Field("caFile", Text(TextFormat.AbsolutePath), "etcd's CA."),
        new Field("certFile", Text(TextFormat.AbsolutePath), "The client certificate."),
        new Field("keyFile", Text(TextFormat.AbsolutePath), "The client certificate's key."));

    private static readonly Section Audit = new(
        new Field("policyFile", Text(TextFormat.AbsolutePath), "The audit policy."),
        new Field("logPath", Text(TextFormat.AbsolutePath), "The audit log."),
        new Field("logMaxAge", new Number(0, 36500), "Days that old logs are kept."),
        new Field("logMaxBackup", new Number(0, 100000), "How many old logs are kept."),
        new Field("logMaxSize", new Number(0, 1000000), "Megabytes after which a log is rotated."));

    private static readonly MapOf Arguments = new(new TextFormat("the name of a flag, without --", t => t.Length > 0 && t[0] != '-', false), Text(TextFormat.Any, anyScalar: true));

    private static readonly Section ExtraArgs = new(
        new Field("apiServer", Arguments, "Flags of kube-apiserver."),
        new Field("controllerManager", Arguments, "Flags of kube-controller-manager."),
        new Field("scheduler", Arguments, "Flags of kube-scheduler."),
        new Field("etcd", Arguments, "Flags of etcd."));

    private static readonly ListOf Manifests = new(new TextOr(Text(TextFormat.PathOrPinned), new Section(
        new Field("path", Text(TextFormat.AbsolutePath), "A file of the node."),
        new Field("url", Text(TextFormat.Https), "An address; needs its digest."),
        new Field("digest", Text(TextFormat.CaHash), "The digest of what is there."))
    {
        Rules = [new Rule.ExactlyOne("path", "url"), new Rule.Required("digest", UnlessGiven: "path")],
    }));

    private static readonly Section Init = new(
        new Field("clusterName", Text(TextFormat.DnsName), "The cluster's name."),
        new Field("controlPlaneEndpoint", Text(TextFormat.HostMaybePort with { EmptyIsAbsent = true }), "The stable name or address of the control plane."),
        new Field("podSubnet", Text(TextFormat.Cidrs), "The network of the pods."),
        new Field("serviceSubnet", Text(TextFormat.Cidrs), "The network of the services."),
        new Field("imageRepository", Text(TextFormat.ImageRepository), "Where the control plane's images come from."),
        new Field("singleNode", new Flag(), "Whether ordinary pods may run on this node."),
        new Field("externalEtcd", ExternalEtcd, "An etcd outside the cluster."),
        new Field("uploadCerts", new Flag(), "Whether the certificates are uploaded for further control-plane nodes."),
        new Field("audit", Audit, "The API server's audit log."),
        new Field("extraArgs", ExtraArgs, "Flags of the control plane's programs."),
        new Field("manifests", Manifests, "Manifests applied once after the init."),
        new Field("staticPods", Manifests, "Static pods put in place before the init."));

    private static readonly Section Kubeadm = new(
        new Field("join", KubeadmJoin, "Join a cluster."),
        new Field("init", Init, "Make a new cluster."),
        new Field("documents", KubeadmSchema.Documents, "kubeadm's own documents: their text, or a list of them."),
        new Field("ignorePreflightErrors", new ListOf(Text(TextFormat.Line)), "kubeadm checks whose errors are passed over."),
        new Field("patches", Text(TextFormat.AbsolutePath), "A directory of kubeadm patches."))
    {
        Rules = [new Rule.ExactlyOne("join", "init", "documents")],
    };

    private static readonly Section Cluster = new(
        new Field("name", Text(TextFormat.Line), "The EKS cluster's name."),
        new Field("region", Text(TextFormat.Region), "Its region."),
        new Field("apiServerEndpoint", Text(TextFormat.Https), "Its API server; asked of EKS when absent."),
        new Field("certificateAuthority", Text(TextFormat.Base64), "Its CA in base64; asked of EKS when absent."),
        new Field("cidr", Text(TextFormat.Cidr), "Its service network; asked of EKS when absent."),
        new Field("remoteNodeNetworks", new ListOf(Text(TextFormat.Cidr)), "The networks its hybrid nodes may be in; asked of EKS when absent."))
    {
        Rules = [new Rule.Required("name"), new Rule.Required("region")],
    };

    private static readonly Section Ssm = new(
        new Field("activationId", Text(TextFormat.ActivationId), "The activation's id."),
        new Field("activationCode", new Confidential(TextFormat.ActivationCode, true), "The activation's code."))
    {
        Rules = [new Rule.Required("activationId"), new Rule.Required("activationCode")],
    };

    private static readonly Section IamRolesAnywhere = new(
        new Field("nodeName", Text(TextFormat.NodeName), "The node's name: the certificate's common name."),
        new Field("trustAnchorArn", Text(TextFormat.TrustAnchorArn), "The trust anchor."),
        new Field("profileArn", Text(TextFormat.ProfileArn), "The profile."),
        new Field("roleArn", Text(TextFormat.RoleArn), "The role that the node takes."),
        new Field("certificatePath", Text(TextFormat.AbsolutePath), "The node's certificate."),
        new Field("privateKeyPath", Text(TextFormat.AbsolutePath), "The certificate's key."))
    {
        Rules =
        [
            new Rule.Required("nodeName"), new Rule.Required("trustAnchorArn"), new Rule.Required("profileArn"), new Rule.Required("roleArn"),
        ],
    };

    private static readonly Section Eks = new(
        new Field("enableCredentialsFile", new Flag(), "Whether the credentials are also written to a file for pods."),
        new Field("cluster", Cluster, "The cluster to join."),
        new Field("ssm", Ssm, "Credentials from an SSM activation."),
        new Field("iamRolesAnywhere", IamRolesAnywhere, "Credentials from a certificate by IAM Roles Anywhere."))
    {
        Rules = [new Rule.Required("cluster"), new Rule.ExactlyOne("ssm", "iamRolesAnywhere")],
    };

    /// <summary>How a node joins its cluster.</summary>
    public static Section Join { get; } = new(
        new Field("mode", Choice.Of<JoinMode>(), "Whether to join, or to prepare everything for somebody else's join."),
        new Field("kubeadm", Kubeadm, "Through kubeadm."),
        new Field("eks", Eks, "As a hybrid node of EKS."))
    {
        Rules = [new Rule.ExactlyOne("kubeadm", "eks")],
    };

    private static Text Text(TextFormat format, bool anyScalar = false) => new(format, anyScalar);
}
