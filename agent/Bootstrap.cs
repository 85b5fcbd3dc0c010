using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Steps;

namespace Slipway;

/// <summary>THE list: what a node is made of, in order. The only place that names the steps.</summary>
internal static class Bootstrap
{
    private static readonly IStep<Intent>[] Steps =
    [
        new TrustStep(),          // spec.system.trustedCAs
        new KernelStep(),
        new SwapStep(),           // spec.system.swap: disable
        new RegistriesStep(),     // spec.images.registries
        new ContainerdStep(),     // spec.runtime.source, unless it is none
        new CniPluginsStep(),     // spec.kubernetes.source: release
        new KubernetesStep(),     // spec.kubernetes.source: release
        new ImagesStep(),         // spec.images.archives, spec.images.pull
        new KubeadmJoinStep(),    // spec.join.kubeadm.join, unless the join is left to others
    ];

    /// <summary>The steps that have something to say about this node. Pure.</summary>
    public static IReadOnlyList<DescribedStep> Describe(Intent intent, Facts facts) =>
        [.. Steps.Select(step => new DescribedStep(step.Name, step.Describe(intent, facts))).Where(step => step.Resources.Count > 0)];
}
