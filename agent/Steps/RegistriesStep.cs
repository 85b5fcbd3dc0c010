using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Steps;

/// <summary>The registries of <c>spec.images.registries</c> as containerd's <c>certs.d</c>: mirrors, CAs, credentials.</summary>
internal sealed class RegistriesStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "registries";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => [];
}
