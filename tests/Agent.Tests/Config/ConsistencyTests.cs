using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>Values that are right one by one and not together, each at its place: <c>line:column code path</c>, lines counted in the specification.</summary>
public sealed class ConsistencyTests
{
    private const string Uuid = "01234567-89ab-cdef-0123-456789abcdef";

    [Theory]
    [InlineData("join: {kubeadm: {init: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}}}")]
    [InlineData("join: {kubeadm: {init: {podSubnet: 10.96.0.0/16, serviceSubnet: 10.96.0.0/12}}}", "1:65 error config.conflict spec.join.kubeadm.init.serviceSubnet")]
    [InlineData("join: {kubeadm: {init: {podSubnet: \"10.244.0.0/16,fd00::/56\", serviceSubnet: \"10.96.0.0/12,fd00::/108\"}}}",
        "1:78 error config.conflict spec.join.kubeadm.init.serviceSubnet")]
    [InlineData("join: {kubeadm: {init: {podSubnet: \"10.244.0.0/16,fd00::/56\", serviceSubnet: \"fd01::/108,10.96.0.0/12\"}}}",
        "1:78 warning config.doubtful spec.join.kubeadm.init.serviceSubnet")]
    [InlineData("join: {kubeadm: {init: {podSubnet: fd00::/56, serviceSubnet: 10.96.0.0/12}}}", "1:62 warning config.doubtful spec.join.kubeadm.init.serviceSubnet")]
    [InlineData("node: {ip: 10.244.0.7}\njoin: {kubeadm: {init: {podSubnet: 10.244.0.0/16}}}", "1:12 error config.conflict spec.node.ip")]
    [InlineData("node: {ip: 10.0.0.7}\njoin: {eks: {cluster: {remoteNodeNetworks: [10.0.0.0/16], cidr: 172.16.0.0/16}}}")]
    [InlineData("node: {ip: 10.1.0.7}\njoin: {eks: {cluster: {remoteNodeNetworks: [10.0.0.0/16]}}}", "1:12 error config.conflict spec.node.ip")]
    [InlineData("join: {eks: {cluster: {remoteNodeNetworks: [10.0.0.0/16, 10.0.3.0/24]}}}", "1:58 error config.conflict spec.join.eks.cluster.remoteNodeNetworks")]
    [InlineData("join: {eks: {cluster: {cidr: 10.0.0.0/24, remoteNodeNetworks: [10.0.0.0/16]}}}", "1:64 error config.conflict spec.join.eks.cluster.remoteNodeNetworks")]
    [InlineData("timeouts: {download: 30m, join: 10m, total: 30m}")]
    [InlineData("timeouts: {download: 31m, join: 1h, total: 30m}", "1:22 warning config.doubtful spec.timeouts.download", "1:33 warning config.doubtful spec.timeouts.join")]
    [InlineData("node: {taints: [\"a=b:NoSchedule\", \"a=b:NoExecute\", {key: b, effect: NoSchedule}]}")]
    [InlineData("node: {taints: [\"a=b:NoSchedule\", {key: a, value: c, effect: NoSchedule}]}", "1:35 error config.conflict spec.node.taints[1]")]
    [InlineData("kubelet: {config: {registerWithTaints: [{key: a, effect: NoSchedule}, {key: a, effect: NoSchedule}]}}",
        "1:71 error config.conflict spec.kubelet.config.registerWithTaints[1]")]
    [InlineData("join: {eks: {iamRolesAnywhere: {trustAnchorArn: \"arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/" + Uuid
        + "\",\n  profileArn: \"arn:aws:rolesanywhere:eu-west-2:123456789012:profile/" + Uuid + "\",\n  roleArn: \"arn:aws-cn:iam::123456789012:role/a\"}}}",
        "2:15 error config.conflict spec.join.eks.iamRolesAnywhere.profileArn", "3:12 error config.conflict spec.join.eks.iamRolesAnywhere.roleArn")]
    [InlineData("system: {swap: allow}\nkubelet: {config: {failSwapOn: false}}")]
    [InlineData("system: {swap: allow}\nkubelet: {config: {failSwapOn: true}}", "2:32 error config.conflict spec.kubelet.config.failSwapOn")]
    [InlineData("kubelet: {config: {cgroupDriver: cgroupfs}}", "1:34 error config.conflict spec.kubelet.config.cgroupDriver")]
    [InlineData("runtime: {source: none}\nkubelet: {config: {cgroupDriver: cgroupfs}}")]
    [InlineData("kubelet: {config: {imageGCLowThresholdPercent: 85, imageGCHighThresholdPercent: 80}}",
        "1:48 error config.conflict spec.kubelet.config.imageGCLowThresholdPercent")]
    [InlineData("kubelet: {config: {evictionSoft: {memory.available: 5%, nodefs.available: 5%}, evictionSoftGracePeriod: {nodefs.available: 1m}}}",
        "1:35 error config.conflict spec.kubelet.config.evictionSoft[\"memory.available\"]")]
    [InlineData("kubelet: {flags: [--v=2, --max-pods=3]}")]
    [InlineData("kubelet: {flags: [--max-pods=3], config: {maxPods: 4}}", "1:19 warning config.doubtful spec.kubelet.flags[0]")]
    [InlineData("kubelet: {flags: [--v=2, --config=/x]}", "1:26 error config.conflict spec.kubelet.flags[1]")]
    [InlineData("kubelet: {flags: [--hostname-override=a]}", "1:19 error config.conflict spec.kubelet.flags[0]")]
    [InlineData("kubelet: {flags: [--node-ip=10.0.0.1]}", "1:19 warning config.doubtful spec.kubelet.flags[0]")]
    [InlineData("node: {ip: auto}\nkubelet: {flags: [--node-ip=10.0.0.1]}", "2:19 error config.conflict spec.kubelet.flags[0]")]
    [InlineData("node: {labels: {a: b}}\nkubelet: {flags: [--node-labels=c=d]}", "2:19 error config.conflict spec.kubelet.flags[0]")]
    [InlineData("kubelet: {flags: [--network-plugin=cni]}", "1:19 error config.conflict spec.kubelet.flags[0]")]
    [InlineData("kubernetes: {version: 1.34}\nkubelet: {flags: [--pod-infra-container-image=a]}", "2:19 warning config.doubtful spec.kubelet.flags[0]")]
    [InlineData("kubernetes: {version: 1.35}\nkubelet: {flags: [--pod-infra-container-image=a]}", "2:19 error config.conflict spec.kubelet.flags[0]")]
    [InlineData("kubernetes: {version: 1.36.2}")]
    [InlineData("kubernetes: {version: 1.37.1}", "1:23 warning config.doubtful spec.kubernetes.version")]
    [InlineData("join: {kubeadm: {join: {unsafeSkipCAVerification: true}}}", "1:51 warning config.unsafe spec.join.kubeadm.join.unsafeSkipCAVerification")]
    public void What_does_not_go_together_is_told_at_its_place(string spec, params string[] expected)
    {
        MappingNode document = Documents.Spec(spec);
        Assert.Empty(SchemaCheck.Document(document));
        KubernetesVersion? version = document.Reach("spec.kubernetes.version") is ScalarNode scalar ? KubernetesVersion.TryParse(scalar.Raw) : null;
        IReadOnlyList<Problem> problems = Consistency.Problems(document, version);
        Assert.Equal(expected, problems.Select(p => $"{p.At.Line - 3}:{p.At.Column - 2} {(p.Severity == Severity.Error ? "error" : "warning")} {p.Code} {p.Path}"));
        Assert.All(problems, problem => Assert.False(string.IsNullOrEmpty(problem.Expected)));
    }

    [Fact]
    public void A_value_that_is_shown_is_printable_and_no_secret()
    {
        MappingNode document = Documents.Spec("join: {kubeadm: {init: {podSubnet: \"10.0.0.0/8,fd00::/64\", serviceSubnet: \"\\a,fd01::/64,canary.0123456789abcdef\"}}}");
        Problem problem = Assert.Single(Consistency.Problems(document, null));
        Assert.Null(problem.Value);
        document = Documents.Spec("join: {kubeadm: {init: {podSubnet: \"10.0.0.0/8,fd00::/64\", serviceSubnet: \"\\a,fd01::/64\"}}}");
        Assert.Equal("?,fd01::/64", Assert.Single(Consistency.Problems(document, null)).Value);
    }

    [Fact]
    public void What_was_accepted_once_stays_accepted()
    {
        MappingNode document = Documents.Spec("system: {swap: allow}\nkubelet: {config: {failSwapOn: true}}\njoin: {mode: prepare}");
        Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read([document]));
        Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([document], saved: true));
    }

    [Fact]
    public void The_networks_of_two_documents_are_compared_and_both_places_told()
    {
        Problem problem = Documents.Problems(
            Documents.Spec("join: {kubeadm: {init: {podSubnet: 10.96.0.0/16}}}", "a.yaml"), Documents.Spec("join: {kubeadm: {init: {serviceSubnet: 10.96.0.0/12}}}", "b.yaml"))[0];
        Assert.Equal("b.yaml:4:42", problem.At.ToString());
        Assert.Contains("a.yaml:4:38", problem.Message, StringComparison.Ordinal);
    }
}
