using Slipway.Clusters.Kubeadm;
using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>Membership of a cluster as a worker, through kubeadm.</summary>
internal sealed class KubeadmJoinStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "join";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts)
    {
        if (!intent.Joins || intent.Config.Join?.Kubeadm is not { } kubeadm || kubeadm.Target() is not { } join)
        {
            return [];
        }
        var kubelet = KubeletDropIn(intent);
        return
        [
            .. kubelet is null ? (Resource[])[] : [new FileResource(KubeadmWorker.KubeletDropIn, kubelet, Modes.Mode600)],
            new KubeadmWorker(Over(kubeadm.Documents, new WorkerJoin
            {
                NodeName = intent.NodeName,
                Join = join,
                NodeIp = intent.Config.Node?.Ip ?? new NodeIp.Auto(),
                Labels = intent.Config.Node?.Labels ?? new Dictionary<string, string>(),
                Taints = intent.Config.Node?.Taints,
                KubeletFlags = intent.Config.Kubelet?.Flags ?? [],
                HasKubeletDropIn = kubelet is not null,
                IgnorePreflightErrors = kubeadm.IgnorePreflightErrors ?? [],
                Patches = kubeadm.Patches ?? "",
                Timeout = intent.JoinTimeout,
            })),
        ];
    }

    private static WorkerJoin Over(KubeadmDocuments? documents, WorkerJoin join) => documents is null ? join : join.With(documents);

    /// <summary>The fields of <c>spec.kubelet.config</c> as a drop-in of the kubelet's; null when there is nothing to say.</summary>
    private static string? KubeletDropIn(Intent intent)
    {
        var allowSwap = intent.Config.System?.Swap == SwapPolicy.Allow;
        return intent.Config.Kubelet?.Config is { Entries.Count: > 0 } || allowSwap
            ? KubeletDocument.Write(intent.Config.Kubelet?.Config, allowSwap)
            : null;
    }
}
