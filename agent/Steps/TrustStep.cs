using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>The CA certificates of <c>spec.system.trustedCAs</c> in the operating system's store, before anything that reads it starts.</summary>
internal sealed class TrustStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "trust";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) =>
        intent.Config.System?.TrustedCAs is { Length: > 0 } pem ? [new CaStoreResource(pem, facts.OsId)] : [];
}
