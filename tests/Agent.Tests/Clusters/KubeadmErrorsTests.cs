using Slipway.Clusters.Kubeadm;
using Slipway.Reporting;

namespace Slipway.Tests.Clusters;

/// <summary>What kubeadm prints, in its own words, means what our codes say.</summary>
public sealed class KubeadmErrorsTests
{
    [Theory]
    [InlineData("join.ca-mismatch", "error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:0a1b\" are pinned")]
    [InlineData("join.token-expired", "error execution phase preflight: couldn't validate the identity of the API Server: could not find a JWS signature in the cluster-info ConfigMap for token ID \"abcdef\"")]
    [InlineData("join.token-expired", "error execution phase preflight: couldn't validate the identity of the API Server: token id \"abcdef\" is invalid for this cluster or it has expired. Use \"kubeadm token create\" on the control-plane node to create a new valid token")]
    [InlineData("join.token-expired", "error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized")]
    [InlineData("join.node-exists", "error execution phase kubelet-start: a Node with name \"worker-7\" and status \"Ready\" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node")]
    [InlineData("join.clock-skew", "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: Get \"https://10.0.0.10:6443/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2001-01-01T00:00:00Z is before 2026-01-01T00:00:00Z")]
    [InlineData("join.ca-mismatch", "error execution phase preflight: couldn't validate the identity of the API Server: Get \"https://10.0.0.10:6443/api\": tls: failed to verify certificate: x509: certificate signed by unknown authority")]
    [InlineData("join.port-taken", "\t[ERROR Port-10250]: Port 10250 is in use")]
    [InlineData("join.runtime-down", "\t[ERROR CRI]: could not connect to the container runtime: failed to create new CRI runtime service: validate service connection: rpc error: code = Unavailable desc = connection error: dial unix /run/containerd/containerd.sock: connect: no such file or directory")]
    [InlineData("join.preflight-failed", "\t[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists")]
    [InlineData("join.preflight-failed", "\t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1")]
    [InlineData("join.document-refused", "error: your configuration file uses an old API spec: \"kubeadm.k8s.io/v1beta4\" (kind: \"JoinConfiguration\"). Please use kubeadm v1.36 instead")]
    [InlineData("join.document-refused", "error: no kind \"JoinConfiguration\" is registered for version \"kubeadm.k8s.io/v1beta4\" in scheme")]
    [InlineData("join.document-refused", "error unmarshaling configuration schema.GroupVersionKind: strict decoding error: unknown field \"nodeRegistration.taint\"")]
    [InlineData("join.kubelet-unhealthy", "[kubelet-check] It seems like the kubelet isn't running or healthy.")]
    [InlineData("join.kubelet-unhealthy", "[kubelet-check] The kubelet is not healthy after 4m0.000513s")]
    [InlineData("join.endpoint-unreachable", "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: Get \"https://10.0.0.10:6443/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s\": dial tcp 10.0.0.10:6443: connect: connection refused")]
    [InlineData("join.endpoint-unreachable", "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: Get \"https://api.example:6443/api\": dial tcp: lookup api.example: no such host")]
    [InlineData("join.endpoint-unreachable", "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: context deadline exceeded")]
    [InlineData("join.tls-bootstrap-timeout", "error execution phase kubelet-wait-bootstrap: context deadline exceeded")]
    [InlineData("join.tls-bootstrap-timeout", "error execution phase kubelet-start: timed out waiting for the condition")]
    [InlineData("join.failed", "error execution phase control-plane-prepare: something that nobody has seen before")]
    public void A_message_has_its_code(string code, string line)
    {
        var failure = KubeadmErrors.Classify(["[preflight] Running pre-flight checks", line, "To see the stack trace of this error execute with --v=5 or higher"]);
        Assert.Equal(code, failure.Code);
        Assert.DoesNotContain("stack trace", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cause_goes_before_its_symptoms()
    {
        var failure = KubeadmErrors.Classify(
        [
            "\t[ERROR CRI]: could not connect to the container runtime",
            "\t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1",
        ]);
        Assert.Equal("join.runtime-down", failure.Code);
        Assert.Contains("ip_forward", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_row_names_a_code_that_is_explained_and_phrases_that_mean_something() => Assert.All(KubeadmErrors.Rows, row =>
    {
        Assert.NotNull(ErrorCodes.Find(row.Code));
        Assert.All(row.Phrases, phrase => Assert.Equal(row.Code, KubeadmErrors.Classify([phrase]).Code));
    });

    [Fact]
    public void Nothing_said_is_a_failure_too() => Assert.Equal("join.failed", KubeadmErrors.Classify([]).Code);

    [Theory]
    [InlineData("join.token-expired", false)]
    [InlineData("join.ca-mismatch", false)]
    [InlineData("join.node-exists", false)]
    [InlineData("join.document-refused", false)]
    [InlineData("join.endpoint-unreachable", true)]
    [InlineData("join.tls-bootstrap-timeout", true)]
    public void Only_what_may_pass_is_tried_again(string code, bool transient) => Assert.Equal(transient, new Failure(code, "").IsTransient);
}
