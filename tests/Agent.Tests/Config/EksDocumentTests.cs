using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>EKS's own NodeConfig is taken as it is, and merged as nodeadm would.</summary>
public sealed class EksDocumentTests
{
    private const string Head = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n";
    private const string Ssm = "  cluster: {name: prod, region: eu-central-1}\n  hybrid: {ssm: {activationId: 0123abcd-0123-0123-0123-0123456789ab, activationCode: CANARY-activation-code-CANARY}}\n";

    [Fact]
    public void A_default_of_theirs_is_not_spoken_of_as_something_the_operator_asked_for()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Eks(Ssm));
        Assert.Equal("default of node.eks.aws", valid.Merged.Reach("spec.system.firewall")!.At.Source);
        Assert.DoesNotContain("spec.system.firewall", valid.Unsupported.Select(problem => problem.Path));
        Assert.Contains("spec.system.firewall", Documents.Valid(Eks(Ssm), Documents.Spec("system: {firewall: open}")).Unsupported.Select(problem => problem.Path));
    }

    [Fact]
    public void Every_field_has_its_place()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Eks("""
              cluster: {name: prod, region: eu-central-1, apiServerEndpoint: "https://x.eks.amazonaws.com", certificateAuthority: aGVsbG8=, cidr: 10.100.0.0/16, enableOutpost: false, id: ""}
              containerd: {config: "version = 2"}
              kubelet: {config: {maxPods: 50}, flags: [--v=2, -n=x]}
              hybrid:
                enableCredentialsFile: true
                iamRolesAnywhere:
                  nodeName: worker-7
                  trustAnchorArn: arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a
                  profileArn: arn:aws:rolesanywhere:eu-central-1:123456789012:profile/0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b
                  roleArn: arn:aws:iam::123456789012:role/hybrid
                  awsConfigPath: /etc/aws/hybrid/config
            """));
        EksSection eks = valid.Config.Join!.Eks!;
        Assert.Equal(("prod", "eu-central-1", "aGVsbG8=", "10.100.0.0/16"), (eks.Cluster!.Name, eks.Cluster.Region, eks.Cluster.CertificateAuthority, eks.Cluster.Cidr));
        Assert.Equal("https://x.eks.amazonaws.com", eks.Cluster.ApiServerEndpoint!.Reveal());
        Assert.True(eks.EnableCredentialsFile);
        Assert.Equal(("worker-7", "/etc/iam/pki/server.pem", "/etc/iam/pki/server.key"),
            (eks.IamRolesAnywhere!.NodeName, eks.IamRolesAnywhere.CertificatePath, eks.IamRolesAnywhere.PrivateKeyPath));
        Assert.Equal("version = 2", Assert.IsType<SecretRef.Literal>(valid.Config.Runtime!.Config).Value.Reveal());
        Assert.Equal("50", valid.Config.Kubelet!.Config!.TextAt("maxPods"));
        Assert.Equal(["--v=2", "-n=x"], valid.Config.Kubelet.Flags!);
        Assert.Equal(FirewallPolicy.Open, valid.Config.System!.Firewall);
        Assert.Empty(valid.Warnings);
        Assert.Equal(4, valid.Merged.Reach("spec.join.eks.cluster.name")!.At.Line);
    }

    [Fact]
    public void What_has_no_effect_is_warned_of_and_the_rest_counts()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Documents.Tree(Head + """
              cluster: {name: prod, region: eu-central-1, enableOutpost: true, id: o-1}
              instance: {localStorage: {strategy: RAID0}}
              hybrid: {iamRolesAnywhere: {nodeName: a, trustAnchorArn: "arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a", profileArn: "arn:aws:rolesanywhere:eu-central-1:123456789012:profile/0b0b0b0b-0b0b-0b0b-0b0b-0b0b0b0b0b0b", roleArn: "arn:aws:iam::123456789012:role/h", awsConfigPath: /etc/other}}
            status: {hybrid: {nodeName: a}}
            """));
        Assert.Equal(["spec.cluster.enableOutpost", "spec.cluster.id", "spec.hybrid.iamRolesAnywhere.awsConfigPath", "spec.instance", "status"], valid.Warnings.Select(w => w.Path));
        Assert.All(valid.Warnings, warning => Assert.Equal("config.ignored", warning.Code));
    }

    [Theory]
    [InlineData("  cluster: {name: prod, regoin: x}\n", "4:25 spec.cluster.regoin config.unknown-field", "region")]
    [InlineData("  hybrid: {region: x}\n", "4:12 spec.hybrid.region config.unknown-field", null)]
    [InlineData("  featureGates: {A: true}\n", "4:3 spec.featureGates config.unknown-field", null)]
    [InlineData("  instance: {localStorage: {strategy: raid5}}\n", "4:39 spec.instance.localStorage.strategy config.invalid-value", "RAID0")]
    [InlineData("  kubelet: {flags: [v]}\n", "4:21 spec.kubelet.flags[0] config.invalid-value", null)]
    [InlineData("  hybrid: {ssm: {activationCode: \"CANARY x\"}}\n", "4:34 spec.hybrid.ssm.activationCode config.invalid-value", null)]
    public void A_mistake_has_its_place_and_its_name(string spec, string expected, string? nearest)
    {
        Problem problem = Documents.Problems(Eks(spec))[0];
        Assert.Equal(expected, $"{problem.At.Line}:{problem.At.Column} {problem.Path} {problem.Code}");
        Assert.Equal(nearest, problem.Nearest);
        Assert.DoesNotContain("CANARY", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  hybrid: {ssm: {activationId: 0123abcd-0123-0123-0123-0123456789ab, activationCode: {fromFile: /c}}}\n", "spec.cluster")]
    [InlineData("  cluster: {region: eu-central-1}\n  hybrid: {ssm: {activationId: 0123abcd-0123-0123-0123-0123456789ab, activationCode: {fromFile: /c}}}\n", "spec.cluster.name")]
    [InlineData("  cluster: {name: a, region: eu-central-1}\n", "spec.hybrid")]
    [InlineData("  cluster: {name: a, region: eu-central-1}\n  hybrid: {ssm: {activationId: \"\"}}\n", "spec.hybrid.ssm.activationId", "spec.hybrid.ssm.activationCode")]
    [InlineData("  cluster: {name: a, region: eu-central-1}\n  hybrid: {ssm: {}, iamRolesAnywhere: {}}\n", "spec.hybrid")]
    [InlineData(Ssm + "  kubelet: {flags: [--v=2, --hostname-override=x]}\n", "spec.kubelet.flags[1]")]
    public void What_nodeadm_refuses_is_refused_in_its_own_terms(string spec, params string[] paths) =>
        Assert.Equal(paths.Order(), Documents.Problems(Eks(spec)).Select(p => p.Path).Where(p => !p.Contains("Anywhere.", StringComparison.Ordinal)
            && !(paths.Length == 1 && p.StartsWith("spec.hybrid.ssm", StringComparison.Ordinal))).Distinct().Order());

    // One row each of how nodeadm merges two documents of its own.
    [Theory]
    [InlineData("  cluster: {region: us-east-1}\n", "spec.join.eks.cluster.region", "us-east-1")]
    [InlineData("  cluster: {region: \"\"}\n", "spec.join.eks.cluster.region", "eu-central-1")]
    [InlineData("  cluster: {region: null}\n", "spec.join.eks.cluster.region", "eu-central-1")]
    [InlineData("  cluster: null\n", "spec.join.eks.cluster.region", "eu-central-1")]
    [InlineData("  hybrid: {enableCredentialsFile: false}\n", "spec.join.eks.enableCredentialsFile", "true")]
    [InlineData("  containerd: {config: \"\"}\n", "spec.runtime.config", "version = 2")]
    [InlineData("  containerd: {config: version = 2}\n", "spec.runtime.config", "version = 2")]
    [InlineData("  kubelet: {config: {maxPods: 2}}\n", "spec.kubelet.config.maxPods", "2")]
    [InlineData("  kubelet: {config: {failSwapOn: false}}\n", "spec.kubelet.config.failSwapOn", "false")]
    [InlineData("  kubelet: {config: {maxPods: 0}}\n", "spec.kubelet.config.maxPods", "0")]
    [InlineData("  kubelet: {config: {kubeReservedCgroup: \"\"}}\n", "spec.kubelet.config.kubeReservedCgroup", "")]
    [InlineData("  kubelet: {config: {maxPods: null}}\n", "spec.kubelet.config.maxPods", null)]
    [InlineData("  kubelet: {config: {clusterDNS: []}}\n", "spec.kubelet.config.clusterDNS", "[]")]
    [InlineData("  kubelet: {config: {clusterDNS: [10.0.0.3]}}\n", "spec.kubelet.config.clusterDNS", "[10.0.0.3]")]
    [InlineData("  kubelet: {config: {featureGates: {Y: false}}}\n", "spec.kubelet.config.featureGates.X", "true")]
    [InlineData("  kubelet: {config: {featureGates: null}}\n", "spec.kubelet.config.featureGates.X", null)]
    [InlineData("  kubelet: {config: null}\n", "spec.kubelet.config.maxPods", "1")]
    [InlineData("  kubelet: {flags: [--c=3, --a=9]}\n", "spec.kubelet.flags", "[--a=1,--b=2,--c=3,--a=9]")]
    [InlineData("  kubelet: {flags: null}\n", "spec.kubelet.flags", "[--a=1,--b=2]")]
    [InlineData("  kubelet: {flags: []}\n", "spec.kubelet.flags", "[--a=1,--b=2]")]
    public void Two_of_its_documents_merge_as_nodeadm_merges_them(string second, string path, string? expected)
    {
        string first = Ssm.Replace("hybrid: {", "hybrid: {enableCredentialsFile: true, ", StringComparison.Ordinal)
            + "  containerd: {config: version = 2}\n  kubelet: {config: {maxPods: 1, failSwapOn: true, kubeReservedCgroup: /k, clusterDNS: [10.0.0.1], featureGates: {X: true}}, flags: [--a=1, --b=2]}\n";
        ConfigNode? value = Documents.Valid(Eks(first), Eks(second)).Merged.Reach(path);
        Assert.Equal(expected, value switch
        {
            SequenceNode list => $"[{string.Join(',', list.Items.Cast<ScalarNode>().Select(item => item.Raw))}]",
            _ => (value as ScalarNode)?.Raw,
        });
    }

    [Fact]
    public void Two_TOML_texts_are_refused_where_one_would_be_lost() =>
        Assert.Equal("config.unsupported", Assert.Single(Documents.Problems(Eks(Ssm + "  containerd: {config: a = 1}\n"), Eks("  containerd: {config: b = 2}\n"))).Code);

    [Fact]
    public void Beside_a_document_of_ours_our_rules_hold()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Eks(Ssm + "  kubelet: {flags: [--a=1]}\n"),
            Documents.Spec("kubelet: {flags: null}\nsystem: {firewall: report}\njoin: {eks: {enableCredentialsFile: false}}"));
        Assert.Null(valid.Config.Kubelet?.Flags);
        Assert.Equal(FirewallPolicy.Report, valid.Config.System!.Firewall);
        Assert.False(valid.Config.Join!.Eks!.EnableCredentialsFile);
        // What nodeadm takes where nothing is said lies beneath what somebody said, also before.
        Assert.Equal(FirewallPolicy.Ignore, Documents.Valid(Documents.Spec("system: {firewall: ignore}"), Eks(Ssm)).Config.System!.Firewall);
    }

    [Fact]
    public void Where_nodeadm_itself_joins_its_defaults_are_its_own_business()
    {
        var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([Eks(Ssm)], userDataJoins: true));
        Assert.Null(valid.Config.System?.Firewall);
        Assert.Empty(valid.Unsupported);
    }

    [Fact]
    public void What_was_accepted_is_accepted_as_the_saved_copy_too()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Eks(Ssm + "  kubelet: {flags: [-v=2, --a=1]}\n"));
        ReadResult saved = NodeConfigJson.Read(System.Text.Encoding.UTF8.GetString(NodeConfigJson.Write(valid.Merged)), "config.json");
        Assert.Equal(valid.Id, Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(saved.Documents, saved: true)).Id);
    }

    [Fact]
    public void Its_secrets_are_not_shown()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Eks(Ssm));
        Assert.DoesNotContain("CANARY", ConfigPrinter.Text(valid.Merged) + ConfigPrinter.Json(valid.Merged), StringComparison.Ordinal);
        Assert.Contains("name: prod  # test.yaml:4", ConfigPrinter.Text(valid.Merged), StringComparison.Ordinal);
    }

    private static MappingNode Eks(string spec) => Documents.Tree(Head + spec);
}
