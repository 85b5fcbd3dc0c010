using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class KubeletSchemaTests
{
    [Theory]
    [InlineData("1.31", "singleProcessOOMKill: true", "1.32")]
    [InlineData("1.31.4+vmware.1", "crashLoopBackOff: {maxContainerRestartPeriod: 10s}", "1.32")]
    [InlineData("1.32", "imagePullCredentialsVerificationPolicy: AlwaysVerify", "1.33")]
    [InlineData("1.32", "preloadedImagesVerificationAllowlist: [a]", "1.33")]
    [InlineData("1.32", "mergeDefaultEvictionSettings: true", "1.33")]
    [InlineData("1.32", "userNamespaces: {idsPerPod: 65536}", "1.33")]
    [InlineData("1.35", "tlsCurvePreferences: [29]", "1.36")]
    [InlineData("1.35", "memoryReservationPolicy: None", "1.36")]
    public void A_field_that_came_later_is_told_with_the_version_that_brought_it(string version, string field, string since)
    {
        Problem problem = Assert.Single(Problems(field, version));
        Assert.Equal(("config.unknown-field", "test.yaml:1:1"), (problem.Code, problem.At.ToString()));
        Assert.Contains($"it came with {since}", problem.Message, StringComparison.Ordinal);
        Assert.Empty(Problems(field, since));
        Assert.Empty(Problems(field, null));
        Assert.Empty(Problems(field, "1.36.2"));
    }

    [Theory]
    [InlineData("maxPods: \"50\"", "test.yaml:1:10", "config.wrong-type")]
    [InlineData("maxPods: 1.5", "test.yaml:1:10", "config.wrong-type")]
    [InlineData("maxPods: 3000000000", "test.yaml:1:10", "config.invalid-value")]
    [InlineData("failSwapOn: yes", "test.yaml:1:13", "config.wrong-type")]
    [InlineData("clusterDomain: 1", "test.yaml:1:16", "config.wrong-type")]
    [InlineData("syncFrequency: 60", "test.yaml:1:16", "config.wrong-type")]
    [InlineData("evictionHard: {pid.available: 10}", "test.yaml:1:31", "config.wrong-type")]
    [InlineData("evictionHard: {memory.avail: 5%}", "test.yaml:1:16", "config.unknown-field")]
    [InlineData("kubeReserved: {hugepages-2Mi: 1Gi}", "test.yaml:1:16", "config.unknown-field")]
    [InlineData("evictionHard: [memory.available]", "test.yaml:1:15", "config.wrong-type")]
    [InlineData("clusterDNS: 10.96.0.10", "test.yaml:1:13", "config.wrong-type")]
    [InlineData("featureGates: {NodeSwap: \"true\"}", "test.yaml:1:26", "config.wrong-type")]
    [InlineData("memoryThrottlingFactor: high", "test.yaml:1:25", "config.wrong-type")]
    [InlineData("authentication: {webhook: {enabld: true}}", "test.yaml:1:28", "config.unknown-field")]
    [InlineData("MaxPods: 50", "test.yaml:1:1", "config.unknown-field")]
    [InlineData("apiVersion: kubelet.config.k8s.io/v1", "test.yaml:1:13", "config.kind-unsupported")]
    [InlineData("kind: KubeProxyConfiguration", "test.yaml:1:7", "config.kind-unsupported")]
    [InlineData("staticPodURLHeader: {A: [{fromFile: /x}]}", "test.yaml:1:26", "config.wrong-type")]
    [InlineData("enforceNodeAllocatable: [pods, all]", "test.yaml:1:32", "config.invalid-value")]
    public void A_wrong_field_is_told_at_its_place(string field, string at, string code)
    {
        Problem problem = Assert.Single(Problems(field, "1.36"));
        Assert.Equal((at, code), (problem.At.ToString(), problem.Code));
    }

    [Fact]
    public void The_configuration_that_kubeadm_hands_out_is_right() => Assert.Empty(Problems("""
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        authentication: {anonymous: {enabled: false}, webhook: {cacheTTL: 0s, enabled: true}, x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
        authorization: {mode: Webhook, webhook: {cacheAuthorizedTTL: 0s, cacheUnauthorizedTTL: 0s}}
        cgroupDriver: systemd
        clusterDNS: [10.96.0.10]
        clusterDomain: cluster.local
        containerRuntimeEndpoint: ""
        cpuManagerReconcilePeriod: 0s
        crashLoopBackOff: {}
        evictionPressureTransitionPeriod: 0s
        fileCheckFrequency: 0s
        healthzBindAddress: 127.0.0.1
        healthzPort: 10248
        httpCheckFrequency: 0s
        imageMaximumGCAge: 0s
        imageMinimumGCAge: 0s
        logging: {flushFrequency: 0, options: {json: {infoBufferSize: "0"}, text: {infoBufferSize: "0"}}, verbosity: 0}
        memorySwap: {}
        nodeStatusReportFrequency: 0s
        nodeStatusUpdateFrequency: 0s
        rotateCertificates: true
        runtimeRequestTimeout: 0s
        shutdownGracePeriod: 0s
        shutdownGracePeriodCriticalPods: 0s
        staticPodPath: /etc/kubernetes/manifests
        streamingConnectionIdleTimeout: 0s
        syncFrequency: 0s
        volumeStatsAggPeriod: 0s
        """, "1.36.2"));

    [Fact]
    public void What_a_newer_kubelet_may_know_is_a_warning()
    {
        Problem problem = Assert.Single(Problems("novelty: {a: 1}", "1.37.0"));
        Assert.Equal((Severity.Warning, "config.unknown-field"), (problem.Severity, problem.Code));
        NodeConfigResult read = NodeConfigReader.Read([Documents.Spec("kubernetes: {version: 1.37}\nkubelet: {config: {novelty: 1}}\njoin: {mode: prepare}")]);
        Assert.Equal("test.yaml:5:22 spec.kubelet.config.novelty", $"{Assert.Single(read.Warnings).At} {read.Warnings[0].Path}");
        Assert.Equal("config.version-unsupported", Assert.Single(Assert.IsType<NodeConfigResult.Invalid>(read).Problems).Code);
    }

    [Fact]
    public void The_version_is_that_of_the_last_document_which_gives_one()
    {
        MappingNode config = Documents.Spec("kubelet: {config: {tlsCurvePreferences: [29]}}\njoin: {mode: prepare}");
        Documents.Valid(config, Documents.Spec("kubernetes: {version: 1.35}", "b"), Documents.Spec("kubernetes: {version: 1.36}", "c"));
        Assert.Equal("test.yaml:4:22", Assert.Single(Documents.Problems(Documents.Spec("kubernetes: {version: 1.36}", "a"), config, Documents.Spec("kubernetes: {version: 1.35}", "b"))).At.ToString());
        Documents.Valid(config, Documents.Spec("kubernetes: {version: 1.35}", "b"), Documents.Spec("kubernetes: {version: null}", "c"));
    }

    [Fact]
    public void A_header_for_static_pods_is_not_shown() =>
        Assert.DoesNotContain("CANARY", ConfigPrinter.Text(Documents.Spec("kubelet: {config: {staticPodURLHeader: {Authorization: [CANARY]}}}")), StringComparison.Ordinal);

    private static IReadOnlyList<Problem> Problems(string text, string? version) =>
        KubeletSchema.Problems(Documents.Tree(text), version is null ? null : KubernetesVersion.TryParse(version));
}
