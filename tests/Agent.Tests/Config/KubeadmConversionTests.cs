using System.Text;
using System.Text.Json;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>What was written for an older kubeadm says the same to a newer one.</summary>
public sealed class KubeadmConversionTests
{
    [Theory]
    [InlineData("JoinConfiguration", "nodeRegistration: {kubeletExtraArgs: {v: 2, a: \"\", n: null, t: true}}",
        """{"nodeRegistration":{"kubeletExtraArgs":[{"name":"a","value":""},{"name":"n","value":""},{"name":"t","value":"true"},{"name":"v","value":"2"}]}}""")]
    [InlineData("JoinConfiguration", "nodeRegistration: {kubeletExtraArgs: {}, taints: []}", """{"nodeRegistration":{"kubeletExtraArgs":[],"taints":[]}}""")]
    [InlineData("JoinConfiguration", "nodeRegistration: {taints: null}", """{"nodeRegistration":{"taints":null}}""")]
    [InlineData("JoinConfiguration", "discovery: {timeout: 5m0s, tlsBootstrapToken: canary.0123456789abcdef}",
        """{"discovery":{"tlsBootstrapToken":"canary.0123456789abcdef"},"timeouts":{"discovery":"5m0s"}}""")]
    [InlineData("InitConfiguration", "bootstrapTokens: [{ttl: 24h0m0s}]\npatches: {directory: /p}\nskipPhases: [a]",
        """{"bootstrapTokens":[{"ttl":"24h0m0s"}],"patches":{"directory":"/p"},"skipPhases":["a"]}""")]
    [InlineData("ClusterConfiguration", "apiServer: {extraArgs: {b: 1, a: 2}}\ncontrollerManager: {extraArgs: {a: b}}\nscheduler: {extraArgs: {a: b}}\netcd: {local: {dataDir: /d, extraArgs: {a: b}}}",
        """{"apiServer":{"extraArgs":[{"name":"a","value":"2"},{"name":"b","value":"1"}]},"controllerManager":{"extraArgs":[{"name":"a","value":"b"}]},"scheduler":{"extraArgs":[{"name":"a","value":"b"}]},"etcd":{"local":{"dataDir":"/d","extraArgs":[{"name":"a","value":"b"}]}}}""")]
    [InlineData("ClusterConfiguration", "apiServer: {timeoutForControlPlane: null, certSANs: null}", """{"apiServer":{"certSANs":null}}""")]
    [InlineData("JoinConfiguration", "discovery: {timeout: null, tlsBootstrapToken: canary.0123456789abcdef}", """{"discovery":{"tlsBootstrapToken":"canary.0123456789abcdef"}}""")]
    public void A_document_of_v1beta3_becomes_one_of_v1beta4(string kind, string rest, string expected)
    {
        MappingNode converted = Assert.Single(KubeadmConversion.ToV1Beta4([Older(kind, rest)]));
        Assert.Equal($$"""{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"{{kind}}",{{expected[1..]}}""", Json(converted));
        Assert.Empty(KubeadmDocuments.Check(converted, saved: false));
        // To JSON and back it is the same, and converting again changes nothing.
        MappingNode again = Documents.Tree(Json(converted));
        Assert.Equal(Json(converted), Json(again));
        Assert.Same(again, Assert.Single(KubeadmConversion.ToV1Beta4([again])));
    }

    [Fact]
    public void The_control_planes_timeout_goes_with_the_command_that_waits_for_it()
    {
        MappingNode cluster = Older("ClusterConfiguration", "apiServer: {timeoutForControlPlane: 20m0s, certSANs: [a]}");
        foreach (string kind in (string[])["InitConfiguration", "JoinConfiguration"])
        {
            IReadOnlyList<MappingNode> pair = KubeadmConversion.ToV1Beta4([cluster, Older(kind, "")]);
            Assert.Equal("20m0s", pair[1].TextAt("timeouts.controlPlaneComponentHealthCheck"));
            Assert.Equal("""{"certSANs":["a"]}""", Json((MappingNode)pair[0].Reach("apiServer")!));
        }

        IReadOnlyList<MappingNode> made = KubeadmConversion.ToV1Beta4([cluster]);
        Assert.Equal("""{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"InitConfiguration","timeouts":{"controlPlaneComponentHealthCheck":"20m0s"}}""", Json(made[1]));
    }

    [Fact]
    public void What_other_programs_read_is_left_alone()
    {
        MappingNode kubelet = Documents.Tree("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 1");
        Assert.Same(kubelet, Assert.Single(KubeadmConversion.ToV1Beta4([kubelet])));
    }

    [Fact]
    public void A_whole_control_plane_stays_right()
    {
        MappingNode[] older = [.. YamlReader.Read(KubeadmDocumentsTests.ControlPlane, "f").Documents.Cast<MappingNode>()];
        IReadOnlyList<MappingNode> newer = KubeadmConversion.ToV1Beta4(older);
        Assert.Empty(newer.SelectMany(document => KubeadmDocuments.Check(document, saved: false)));
        Assert.Empty(new KubeadmDocuments(newer, null).Breaches());
        Assert.DoesNotContain(newer, document => document.TextAt("apiVersion") == KubeadmSchema.V1Beta3);
    }

    private static MappingNode Older(string kind, string rest) => Documents.Tree($"apiVersion: kubeadm.k8s.io/v1beta3\nkind: {kind}\n{rest}");

    private static string Json(MappingNode document)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            NodeConfigJson.WriteNode(json, document, KubeadmSchema.Of(document));
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
