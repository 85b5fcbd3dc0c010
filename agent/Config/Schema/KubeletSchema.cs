using System.Text;

namespace Slipway.Config;

/// <summary>
/// The fields of the kubelet's configuration, Kubernetes 1.31 to 1.36
/// (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/). No field was dropped in these versions; those that came
/// later than 1.31 say when.
/// </summary>
internal sealed class KubeletSchema
{
    /// <summary>The newest minor version that the table knows. What a newer kubelet may have besides is a warning, not an error.</summary>
    public const int NewestMinor = 36;

    /// <summary>The version of the format.</summary>
    public const string ApiVersion = "kubelet.config.k8s.io/v1beta1";

    // name[@minor that brought it]=type. Types: b boolean, i int32, l int64, o port or 0, % 0 to 100, f number, s text, d duration, D the
    // same or nanoseconds, q amount, Q the same or a number, a address, r percentage,
    // k taint key, v label value, h header value; [ list, { mapping, ( fields ), | words; R resources, E signals, G durations of signals.
    private static ReadOnlySpan<byte> Table => """
        apiVersion=|kubelet.config.k8s.io/v1beta1 kind=|KubeletConfiguration
        enableServer=b staticPodPath=s podLogsDir=s syncFrequency=d fileCheckFrequency=d httpCheckFrequency=d staticPodURL=s
        staticPodURLHeader={[h address=a port=o readOnlyPort=o tlsCertFile=s tlsPrivateKeyFile=s tlsCipherSuites=[s
        tlsMinVersion=|VersionTLS10|VersionTLS11|VersionTLS12|VersionTLS13 tlsCurvePreferences@36=[i rotateCertificates=b serverTLSBootstrap=b
        authentication=(x509=(clientCAFile=s) webhook=(enabled=b cacheTTL=d) anonymous=(enabled=b))
        authorization=(mode=|AlwaysAllow|Webhook webhook=(cacheAuthorizedTTL=d cacheUnauthorizedTTL=d))
        registryPullQPS=i registryBurst=i imagePullCredentialsVerificationPolicy@33=|NeverVerify|NeverVerifyPreloadedImages|NeverVerifyAllowlistedImages|AlwaysVerify
        preloadedImagesVerificationAllowlist@33=[s eventRecordQPS=i eventBurst=i enableDebuggingHandlers=b enableContentionProfiling=b
        healthzPort=o healthzBindAddress=a oomScoreAdj=i clusterDomain=s clusterDNS=[a streamingConnectionIdleTimeout=d
        nodeStatusUpdateFrequency=d nodeStatusReportFrequency=d nodeLeaseDurationSeconds=i imageMinimumGCAge=d imageMaximumGCAge=d
        imageGCHighThresholdPercent=% imageGCLowThresholdPercent=% volumeStatsAggPeriod=d kubeletCgroups=s systemCgroups=s cgroupRoot=s
        cgroupsPerQOS=b cgroupDriver=|cgroupfs|systemd cpuManagerPolicy=|none|static singleProcessOOMKill@32=b cpuManagerPolicyOptions={s
        cpuManagerReconcilePeriod=d memoryManagerPolicy=|None|Static topologyManagerPolicy=|none|best-effort|restricted|single-numa-node
        topologyManagerScope=|container|pod topologyManagerPolicyOptions={s qosReserved=(memory=r) runtimeRequestTimeout=d
        hairpinMode=|promiscuous-bridge|hairpin-veth|none maxPods=i podCIDR=s podPidsLimit=l resolvConf=s runOnce=b cpuCFSQuota=b
        cpuCFSQuotaPeriod=d nodeStatusMaxImages=i maxOpenFiles=l contentType=s kubeAPIQPS=i kubeAPIBurst=i serializeImagePulls=b
        maxParallelImagePulls=i evictionHard=E evictionSoft=E evictionSoftGracePeriod=G evictionPressureTransitionPeriod=d
        evictionMaxPodGracePeriod=i evictionMinimumReclaim=E mergeDefaultEvictionSettings@33=b podsPerCore=i enableControllerAttachDetach=b
        protectKernelDefaults=b makeIPTablesUtilChains=b iptablesMasqueradeBit=i iptablesDropBit=i featureGates={b failSwapOn=b
        memorySwap=(swapBehavior=|NoSwap|LimitedSwap) containerLogMaxSize=q containerLogMaxFiles=i containerLogMaxWorkers=i
        containerLogMonitorInterval=d configMapAndSecretChangeDetectionStrategy=|Get|Cache|Watch systemReserved=R kubeReserved=R
        reservedSystemCPUs=s showHiddenMetricsForVersion=s systemReservedCgroup=s kubeReservedCgroup=s
        enforceNodeAllocatable=[|none|pods|system-reserved|system-reserved-compressible|kube-reserved|kube-reserved-compressible
        allowedUnsafeSysctls=[s volumePluginDir=s providerID=s kernelMemcgNotification=b
        logging=(format=|text|json flushFrequency=D verbosity=o vmodule=[(filePattern=s verbosity=o)
        options=(text=(splitStream=b infoBufferSize=Q) json=(splitStream=b infoBufferSize=Q)))
        enableSystemLogHandler=b enableSystemLogQuery=b shutdownGracePeriod=d shutdownGracePeriodCriticalPods=d
        shutdownGracePeriodByPodPriority=[(priority=i shutdownGracePeriodSeconds=l) crashLoopBackOff@32=(maxContainerRestartPeriod=d)
        reservedMemory=[(numaNode=i limits={Q) enableProfilingHandler=b enableDebugFlagsHandler=b seccompDefault=b memoryThrottlingFactor=f
        memoryReservationPolicy@36=|None|TieredReservation registerWithTaints=[(key=k value=v effect=|NoSchedule|PreferNoSchedule|NoExecute timeAdded=s)
        registerNode=b tracing=(endpoint=s samplingRatePerMillion=i) localStorageCapacityIsolation=b containerRuntimeEndpoint=s
        imageServiceEndpoint=s failCgroupV1=b userNamespaces@33=(idsPerPod=l)
        """u8;

    private readonly string text = Encoding.ASCII.GetString(Table);
    private int at;

    private KubeletSchema()
    {
    }

    /// <summary>All fields of a <c>kubelet.config.k8s.io/v1beta1 KubeletConfiguration</c>.</summary>
    public static FieldType.Section Configuration { get; } = new KubeletSchema().Fields();

    /// <summary>All mistakes of a KubeletConfiguration, in the order of the text; warnings among them where the kubelet is newer than the table.</summary>
    /// <param name="document">The document.</param>
    /// <param name="version">The version of the kubelet that is to read it; null takes the fields of all versions.</param>
    public static IReadOnlyList<Problem> Problems(MappingNode document, KubernetesVersion? version) =>
        SchemaCheck.Against(document, Configuration, version: version);

    private FieldType.Section Fields()
    {
        var fields = new List<Field>();
        while (true)
        {
            while (at < text.Length && text[at] is ' ' or '\n')
            {
                at++;
            }

            if (at == text.Length || text[at] == ')')
            {
                at++;
                return new FieldType.Section(fields) { Foreign = true };
            }

            string[] name = Until("=").Split('@');
            at++;
            fields.Add(new Field(name[0], Type(), "") { Since = name.Length == 2 ? int.Parse(name[1], System.Globalization.CultureInfo.InvariantCulture) : 0 });
        }
    }

    private FieldType Type() => text[at++] switch
    {
        'b' => new FieldType.Flag(),
        'i' => new FieldType.Number(int.MinValue, int.MaxValue),
        'l' => new FieldType.Number(long.MinValue, long.MaxValue),
        'o' => new FieldType.Number(0, 65535),
        '%' => new FieldType.Number(0, 100),
        'f' => new FieldType.Fraction(),
        's' => Text(TextFormat.Any),
        'd' => Text(TextFormat.AnyDuration),
        'D' => new FieldType.Fraction(TextFormat.AnyDuration),
        'q' => Text(TextFormat.Amount),
        'Q' => new FieldType.Fraction(TextFormat.Amount),
        'a' => Text(TextFormat.Address),
        'r' => Text(TextFormat.Percentage),
        'k' => Text(TextFormat.TaintKey),
        'v' => Text(TextFormat.LabelValue),
        'h' => new FieldType.Confidential(TextFormat.Line, SingleUse: false) { ValueOnly = true },
        '[' => new FieldType.ListOf(Type()),
        '{' => new FieldType.MapOf(TextFormat.Any, Type()),
        '(' => Fields(),
        '|' => new FieldType.Choice(Until(" \n)").Split('|'), EmptyIsAbsent: true),
        'R' => Keys(Text(TextFormat.Amount), "cpu", "memory", "ephemeral-storage", "pid"),
        'E' => Signals(Text(TextFormat.Threshold)),
        _ => Signals(Text(TextFormat.AnyDuration)),
    };

    private string Until(string ends)
    {
        int start = at;
        at += text.AsSpan(at).IndexOfAny(ends);
        return text[start..at];
    }

    private static FieldType.Section Signals(FieldType value) => Keys(value, "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available",
        "imagefs.inodesFree", "containerfs.available", "containerfs.inodesFree", "pid.available", "allocatableMemory.available");

    private static FieldType.Section Keys(FieldType value, params string[] names) =>
        new([.. names.Select(name => new Field(name, value, ""))]) { Foreign = true };

    private static FieldType.Text Text(TextFormat format) => new(format, Strict: true);
}
