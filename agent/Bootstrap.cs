using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Steps;

namespace Slipway;

/// <summary>THE list: what a node is made of, in order. The only place that names the steps.</summary>
internal static class Bootstrap
{
    private static readonly Entry[] Steps =
    [
        new(new TrustStep()),          // spec.system.trustedCAs
        new(new KernelStep(), AtImageTime: false),
        new(new SwapStep(), AtImageTime: false),        // spec.system.swap: disable
        new(new RegistriesStep()),     // spec.images.registries
        new(new ContainerdStep()),     // spec.runtime.source, unless it is none
        new(new CniPluginsStep()),     // spec.kubernetes.source: release
        new(new KubernetesStep()),     // spec.kubernetes.source: release
        new(new ImagesStep()),         // spec.images.archives, spec.images.pull
        new(new KubeadmJoinStep(), AtImageTime: false), // spec.join.kubeadm.join, unless the join is left to others
    ];

    /// <summary>The steps that have something to say about this node. Pure.</summary>
    public static IReadOnlyList<DescribedStep> Describe(Intent intent, Facts facts) =>
        [.. Steps.Where(entry => entry.AtImageTime || !intent.AtImageTime)
            .Select(entry => new DescribedStep(entry.Step.Name, entry.Step.Describe(intent, facts))).Where(step => step.Resources.Count > 0)];

    /// <summary>A place in the list.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="AtImageTime">Whether <c>slipway install</c> takes it too; what needs a running kernel or a cluster waits for the boot.</param>
    private sealed record Entry(IStep<Intent> Step, bool AtImageTime = true);
}
