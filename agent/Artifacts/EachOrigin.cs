using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>One of upstream's files, asked for at each origin in turn until one has it.</summary>
internal static class EachOrigin
{
    /// <summary>What the first origin that has the file gives; rounds are tried again while a failure may pass.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="upstream">Where upstream publishes the file.</param>
    /// <param name="supply">Where to try, and for how long.</param>
    /// <param name="read">Reads an answer that is a success; it gets the address too, as messages show it.</param>
    /// <param name="ct">Ends the whole early.</param>
    /// <exception cref="FailureException"><c>http.*</c>; <c>artifact.sidecar-invalid</c> where no origin has files by their name.</exception>
    public static async Task<T> FirstAsync<T>(Host host, Uri upstream, Supply supply, Func<HttpResponseMessage, string, CancellationToken, Task<T>> read, CancellationToken ct)
        where T : class
    {
        var name = upstream.Segments[^1];
        Origin[] named = [.. supply.Origins.Where(origin => origin.Locate(upstream) is not null)];
        if (named.Length == 0)
        {
            throw new FailureException(new Failure("artifact.sidecar-invalid", $"{name}: "
                + $"{(supply.Origins is [Origin.Bundled bundle, ..] ? $"the bundle {bundle.Path}" : "a registry")} has files by their digest alone, so this one cannot come from there",
                "Name a web mirror, or give the digest in a lock file (spec.artifacts.lock)."));
        }
        var rounds = new OriginRounds(host, name, named);
        // The retries end by themselves; an attempt that makes progress, however slowly, does not.
        using var late = new CancellationTokenSource(supply.Deadline, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            return await new Retry(supply.Deadline).RunAsync($"download {name}", host.Clock, host.Log, (_, token) => rounds.FirstAsync(
                async origin =>
                {
                    using var response = await origin.OpenAsync(host, upstream, "", 0, "", token);
                    return await read(response, origin.Shown(upstream), token);
                }, _ => false), either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("http.too-slow", $"{upstream}: not there after {supply.Deadline.TotalSeconds:0} s"));
        }
    }
}
