using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>
/// Every field of EKS's <c>node.eks.aws/v1alpha1 NodeConfig</c> for hybrid nodes (https://github.com/aws/eks-hybrid/blob/main/doc/api.md),
/// and where its values stand in our own.
/// </summary>
internal static class EksSchema
{
    /// <summary>The version that is read.</summary>
    public const string ApiVersion = "node.eks.aws/v1alpha1";

    /// <summary>Values that move as they are: from there, to here. What is not named has no place here.</summary>
    public static readonly string[][] Moves =
    [
        ["spec.cluster", "spec.join.eks.cluster"],
        ["spec.hybrid.ssm", "spec.join.eks.ssm"],
        ["spec.hybrid.iamRolesAnywhere", "spec.join.eks.iamRolesAnywhere"],
        ["spec.hybrid.enableCredentialsFile", "spec.join.eks.enableCredentialsFile"],
        ["spec.kubelet", "spec.kubelet"],
        ["spec.containerd.config", "spec.runtime.config"],
    ];

    /// <summary>Fields without effect on a hybrid node: each with the value that needs no warning, and why it has none.</summary>
    public static readonly string[][] Ignored =
    [
        ["spec.cluster.enableOutpost", "false", "a hybrid node is not on an Outpost"],
        ["spec.cluster.id", "", "it is an Outpost cluster's, and a hybrid node is not on an Outpost"],
        ["spec.hybrid.iamRolesAnywhere.awsConfigPath", "/etc/aws/hybrid/config", "slipway writes that file to /etc/aws/hybrid/config"],
        ["spec.instance", "", "a hybrid node's disks are not set up by it"],
        ["status", "", "it is what nodeadm keeps for itself"],
    ];

    private static readonly Text Line = new(TextFormat.Line);

    /// <summary>The whole document.</summary>
    public static Section Root { get; } = Of(
        F("apiVersion", new Choice([ApiVersion])), F("kind", new Choice(["NodeConfig"])), F("metadata", new Tree("a name and labels")),
        F("spec", Of(
            F("cluster", From("spec.join.eks.cluster", ["name", "region", "apiServerEndpoint", "certificateAuthority", "cidr"],
                F("enableOutpost", new Flag()), F("id", Line))),
            F("containerd", Of(F("config", new Confidential(TextFormat.Any, false)))),
            F("instance", Of(F("localStorage", Of(F("strategy", new Choice(["RAID0", "Mount"])))))),
            F("kubelet", Of(F("config", KubeletSchema.Configuration),
                F("flags", new ListOf(new Text(TextFormat.Flag))))),
            F("hybrid", Of(
                F("enableCredentialsFile", new Flag()),
                F("iamRolesAnywhere", From("spec.join.eks.iamRolesAnywhere",
                    ["nodeName", "trustAnchorArn", "profileArn", "roleArn", "certificatePath", "privateKeyPath"], F("awsConfigPath", new Text(TextFormat.AbsolutePath)))),
                F("ssm", From("spec.join.eks.ssm", ["activationId", "activationCode"])))))),
        F("status", new Tree("nodeadm's own notes")));

    private static Section Of(params Field[] fields) => new(fields);

    private static Field F(string name, FieldType type) => new(name, type, "");

    /// <summary>Fields that our own format has too, and some more.</summary>
    private static Section From(string path, string[] names, params Field[] more)
    {
        FieldType? ours = NodeConfigSchema.Root;
        foreach (string part in path.Split('.'))
        {
            ours = ours!.Child(part);
        }

        return new([.. names.Select(name => ((Section)ours!).Find(name)!), .. more]);
    }
}
