using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>Something that is wanted and cannot be on this machine: the plan says why, and nothing is begun.</summary>
/// <param name="Failure">Why not.</param>
internal sealed record RefusedResource(Failure Failure) : Resource($"refused:{Failure.Code}")
{
    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) => Task.FromResult<Finding>(new Finding.Refused(Failure));

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct) => throw new FailureException(Failure);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Task.FromResult("");
}
