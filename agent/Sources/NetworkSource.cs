using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>A source that others serve: that it cannot be reached says nothing of whether it has data.</summary>
/// <param name="Name">See <see cref="ConfigSource"/>.</param>
internal abstract record NetworkSource(string Name) : ConfigSource(Name)
{
    /// <summary>Whether the node's own settings name it, and nobody who calls us.</summary>
    public bool IsNodesOwn { get; init; }

    /// <inheritdoc/>
    public sealed override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        // An image must not send the machine that looks into it, with that machine's credentials, anywhere.
        if (IsNodesOwn && !host.Files.IsRunningSystem)
        {
            return new SourceResult.Absent("not asked below another root, whose settings name it");
        }
        try
        {
            return await AskAsync(host, ct);
        }
        catch (FailureException e) when (e.Failure.Code == "http.too-large")
        {
            return new SourceResult.Malformed(e.Failure with { Code = "config.too-large" });
        }
        catch (FailureException e) when (e.Failure.Code == "config.digest-mismatch")
        {
            return new SourceResult.Malformed(e.Failure);
        }
        catch (FailureException e)
        {
            return new SourceResult.Unreachable(e.Failure);
        }
    }

    /// <summary>Asks; whatever stands in the way is thrown.</summary>
    protected abstract Task<SourceResult> AskAsync(Host host, CancellationToken ct);
}
