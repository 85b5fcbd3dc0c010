using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Steps;

/// <summary>Container images that are there before the join: archives imported, references pulled.</summary>
internal sealed class ImagesStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "images";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => [];
}
