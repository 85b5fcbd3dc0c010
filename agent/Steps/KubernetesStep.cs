using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>kubelet, kubeadm, kubectl and crictl; the kubelet's unit, enabled and not started: that is for the join.</summary>
internal sealed class KubernetesStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "kubernetes";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => !Parts.Any(intent.Wants) ? [] : !intent.InstallsKubernetes ? [new PresentPrograms(intent.Config.Kubernetes?.Version?.Patch is null ? null : intent.Release.Kubernetes)] :
    [
        .. Programs.Set(intent, "kubernetes", intent.Release.Kubernetes,
            [
                Catalog.Kubernetes("kubelet", intent.Release.Kubernetes, facts.Architecture),
                Catalog.Kubernetes("kubeadm", intent.Release.Kubernetes, facts.Architecture),
                Catalog.Kubernetes("kubectl", intent.Release.Kubernetes, facts.Architecture),
                Catalog.Crictl(intent.Release.Crictl, facts.Architecture),
            ],
            Parts),
        .. intent.Wants("crictl") ? [new FileResource("/etc/crictl.yaml", "# Written by slipway.\nruntime-endpoint: unix:///run/containerd/containerd.sock\n")] : (Resource[])[],
        .. intent.Wants("kubelet") ? Kubelet : [],
    ];

    private static readonly string[] Parts = ["kubelet", "kubeadm", "kubectl", "crictl"];

    // The condition keeps the journal quiet until kubeadm has written the kubelet's configuration:
    // without it an enabled kubelet fails every ten seconds until the join.
    private const string Unit = """
        # Written by slipway.
        [Unit]
        Description=kubelet: the Kubernetes node agent
        Documentation=https://kubernetes.io/docs/
        Wants=network-online.target containerd.service
        After=network-online.target containerd.service
        ConditionPathExists=/var/lib/kubelet/config.yaml
        StartLimitIntervalSec=0

        [Service]
        ExecStart=/usr/bin/kubelet
        Restart=always
        RestartSec=10

        [Install]
        WantedBy=multi-user.target

        """;

    // The variables and files of kubeadm's own packages: kubeadm writes kubeadm-flags.env and config.yaml.
    private const string DropIn = """
        # Written by slipway, to kubeadm's conventions.
        [Service]
        Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
        Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
        EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
        EnvironmentFile=-/etc/default/kubelet
        EnvironmentFile=-/etc/sysconfig/kubelet
        ExecStart=
        ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS

        """;

    private static readonly Resource[] Kubelet =
    [
        new DirectoryResource("/etc/kubernetes/manifests"),
        new FileResource("/usr/lib/systemd/system/kubelet.service", Unit),
        new FileResource("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", DropIn),
        new UnitResource("kubelet.service", Running: false, []),
    ];
}
