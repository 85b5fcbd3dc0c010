using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>Which flags a kubelet of a given version knows.</summary>
/// <remarks>
/// <c>cmd/kubelet/app/options/options.go</c>. What went: <c>container-runtime</c> and <c>master-service-namespace</c> (1.27),
/// <c>network-plugin</c> (1.24), <c>pod-infra-container-image</c> (1.35), <c>keep-terminated-pod-volumes</c> (1.31).
/// </remarks>
internal static class KubeletFlagTable
{
    private const string Known = """
        address authentication-token-webhook-cache-ttl authorization-mode authorization-webhook-cache-authorized-ttl
        authorization-webhook-cache-unauthorized-ttl bootstrap-kubeconfig cert-dir cgroup-driver cgroup-root client-ca-file cloud-config cloud-provider
        cluster-dns cluster-domain config config-dir container-log-max-files container-log-max-size container-runtime-endpoint cpu-cfs-quota-period
        cpu-manager-policy cpu-manager-policy-options cpu-manager-reconcile-period event-burst event-qps event-storage-age-limit event-storage-event-limit
        eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim eviction-pressure-transition-period eviction-soft eviction-soft-grace-period
        enforce-node-allocatable experimental-allocatable-ignore-eviction feature-gates file-check-frequency hairpin-mode healthz-bind-address healthz-port
        hostname-override http-check-frequency image-credential-provider-bin-dir image-credential-provider-config image-gc-high-threshold
        image-gc-low-threshold image-service-endpoint kube-api-burst kube-api-content-type kube-api-qps kube-reserved kube-reserved-cgroup kubeconfig
        kubelet-cgroups local-storage-capacity-isolation lock-file log-flush-frequency log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size
        log-text-split-stream logging-format manifest-url manifest-url-header max-open-files max-pods maximum-dead-containers
        maximum-dead-containers-per-container memory-manager-policy minimum-container-ttl-duration minimum-image-ttl-duration node-ip node-labels
        node-status-max-images node-status-update-frequency oom-score-adj pod-cidr pod-manifest-path pod-max-pids pods-per-core port provider-id
        qos-reserved read-only-port register-with-taints registry-burst registry-qps reserved-cpus reserved-memory resolv-conf root-dir
        runtime-cgroups runtime-request-timeout seccomp-default serialize-image-pulls storage-driver-buffer-duration storage-driver-db storage-driver-host
        storage-driver-password storage-driver-table storage-driver-user streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved
        system-reserved-cgroup tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file topology-manager-policy topology-manager-policy-options
        topology-manager-scope v version vmodule volume-plugin-dir volume-stats-agg-period
        """;

    /// <summary>Flags that are true when given without a value.</summary>
    public static IReadOnlySet<string> Switches { get; } = new HashSet<string>("""
        allowed-unsafe-sysctls anonymous-auth authentication-token-webhook cgroups-per-qos containerized contention-profiling cpu-cfs-quota enable-controller-attach-detach
        enable-debugging-handlers enable-server exit-on-lock-contention fail-swap-on make-iptables-util-chains protect-kernel-defaults register-node
        rotate-certificates rotate-server-certificates runonce storage-driver-secure help
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Except(["containerized"]), StringComparer.Ordinal);

    /// <summary>Flags with a value that this version knows.</summary>
    public static HashSet<string> For(KubernetesVersion version)
    {
        HashSet<string> flags = new(Known.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        if (!version.IsAtLeast(35))
        {
            flags.Add("pod-infra-container-image");
        }
        if (!version.IsAtLeast(31))
        {
            flags.Add("keep-terminated-pod-volumes");
        }
        return flags;
    }
}
