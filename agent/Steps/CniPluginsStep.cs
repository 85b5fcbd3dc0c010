using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Steps;

/// <summary>The reference CNI plugins, beside whatever else a network add-on puts there.</summary>
internal sealed class CniPluginsStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "cni-plugins";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => intent.InstallsKubernetes && intent.Wants("cni-plugins")
        ? [intent.From(Catalog.CniPlugins(intent.Release.CniPlugins, facts.Architecture), "/opt/cni/bin")]
        : [];
}
