using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>Fields of <c>kubelet.config.k8s.io/v1beta1 KubeletConfiguration</c>; nested ones are typed where agents commonly write them.</summary>
/// <remarks><c>staging/src/k8s.io/kubelet/config/v1beta1/types.go</c>, as of 1.36; fields that came after 1.31 are accepted by every version here.</remarks>
internal static class KubeletConfigurationShape
{
    private const string Texts = """
        apiVersion kind staticPodPath podLogsDir staticPodURL address tlsCertFile tlsPrivateKeyFile tlsMinVersion imagePullCredentialsVerificationPolicy
        healthzBindAddress clusterDomain kubeletCgroups systemCgroups cgroupRoot cgroupDriver cpuManagerPolicy memoryManagerPolicy topologyManagerPolicy
        topologyManagerScope hairpinMode podCIDR resolvConf contentType containerLogMaxSize kubeReservedCgroup systemReservedCgroup reservedSystemCPUs
        showHiddenMetricsForVersion volumePluginDir providerID containerRuntimeEndpoint imageServiceEndpoint singleProcessOOMKillPolicy memoryReservationPolicy
        """;

    private const string Flags = """
        enableServer rotateCertificates serverTLSBootstrap enableDebuggingHandlers enableContentionProfiling cgroupsPerQOS runOnce cpuCFSQuota
        serializeImagePulls protectKernelDefaults makeIPTablesUtilChains failSwapOn enableProfilingHandler enableDebugFlagsHandler enableControllerAttachDetach
        enableSystemLogHandler enableSystemLogQuery seccompDefault registerNode localStorageCapacityIsolation failCgroupV1 singleProcessOOMKill
        """;

    private const string Numbers = """
        port readOnlyPort registryPullQPS registryBurst eventRecordQPS eventBurst healthzPort oomScoreAdj nodeLeaseDurationSeconds imageGCHighThresholdPercent
        imageGCLowThresholdPercent maxPods podPidsLimit maxOpenFiles nodeStatusMaxImages kubeAPIQPS kubeAPIBurst maxParallelImagePulls
        evictionMaxPodGracePeriod podsPerCore iptablesMasqueradeBit iptablesDropBit containerLogMaxFiles containerLogMaxWorkers memoryThrottlingFactor
        """;

    private const string Durations = """
        syncFrequency fileCheckFrequency httpCheckFrequency streamingConnectionIdleTimeout nodeStatusUpdateFrequency nodeStatusReportFrequency
        imageMinimumGCAge imageMaximumGCAge volumeStatsAggPeriod cpuManagerReconcilePeriod runtimeRequestTimeout cpuCFSQuotaPeriod
        evictionPressureTransitionPeriod shutdownGracePeriod shutdownGracePeriodCriticalPods containerLogMonitorInterval
        """;

    private const string TextLists = "tlsCipherSuites clusterDNS allowedUnsafeSysctls enforceNodeAllocatable preloadedImagesVerificationAllowlist tlsCurvePreferences";

    private const string TextMaps = """
        qosReserved evictionHard evictionSoft evictionSoftGracePeriod evictionMinimumReclaim systemReserved kubeReserved cpuManagerPolicyOptions topologyManagerPolicyOptions
        """;

    private static readonly Shape Webhook = Shape.Object(("enabled", Shape.Flag), ("cacheTTL", Shape.Duration));

    /// <summary>The whole document.</summary>
    public static Shape Instance { get; } = Shape.Object(
    [
        .. Named(Texts, Shape.Text), .. Named(Flags, Shape.Flag), .. Named(Numbers, Shape.Number), .. Named(Durations, Shape.Duration),
        .. Named(TextLists, Shape.List(Shape.Any)), .. Named(TextMaps, Shape.Map(Shape.Text)),
        ("featureGates", Shape.Map(Shape.Flag)),
        ("authentication", Shape.Object(("x509", Shape.Object(("clientCAFile", Shape.Text))), ("webhook", Webhook), ("anonymous", Shape.Object(("enabled", Shape.Flag))))),
        ("authorization", Shape.Object(("mode", Shape.Text), ("webhook", Shape.Object(("cacheAuthorizedTTL", Shape.Duration), ("cacheUnauthorizedTTL", Shape.Duration))))),
        ("memorySwap", Shape.Object(("swapBehavior", Shape.Text))),
        ("crashLoopBackOff", Shape.Object(("maxContainerRestartPeriod", Shape.Duration))),
        ("registerWithTaints", Shape.List(Shape.Object(("key", Shape.Text), ("value", Shape.Text), ("effect", Shape.Text), ("timeAdded", Shape.Any)))),
        ("reservedMemory", Shape.List(Shape.Any)), ("shutdownGracePeriodByPodPriority", Shape.List(Shape.Any)),
        ("logging", Shape.Any), ("tracing", Shape.Any), ("userNamespaces", Shape.Any), ("staticPodURLHeader", Shape.Map(Shape.Any)),
    ]);

    private static IEnumerable<(string, Shape)> Named(string names, Shape shape) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(name => (name, shape));
}
