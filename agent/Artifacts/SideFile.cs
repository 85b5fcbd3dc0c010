using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A small file that upstream publishes beside an artifact: its checksums, its signature.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="From">Where it came from, for messages; without credentials.</param>
internal sealed record SideFile(byte[] Content, string From)
{
    private const int Most = 1 << 20;

    /// <summary>Fetches it from the first origin that has it.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="upstream">Where upstream publishes it.</param>
    /// <param name="supply">Where to try, and for how long.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <exception cref="FailureException"><c>http.*</c>; <c>artifact.sidecar-invalid</c> where no origin has files by their name.</exception>
    public static Task<SideFile> GetAsync(Host host, Uri upstream, Supply supply, CancellationToken ct) =>
        new Retry(supply.Deadline).RunAsync($"download {upstream.Segments[^1]}", host.Clock, host.Log, async (_, token) =>
        {
            FailureException? worst = null;
            foreach (var origin in supply.Origins)
            {
                if (origin.Locate(upstream) is not { } location)
                {
                    continue;
                }
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, location);
                    var reply = await host.Http.ExchangeAsync(request, Http.IdleTimeout, Most, isNear: false, token);
                    return reply.Status == 200 ? new SideFile(reply.Body, Http.Shown(location)) : throw Http.Refused(request, reply.Status);
                }
                catch (FailureException e)
                {
                    // A failure that may pass is worth another round; that of one mirror hides none of the next.
                    worst = worst is null || (e.Failure.IsTransient && !worst.Failure.IsTransient) ? e : worst;
                }
            }
            throw worst ?? new FailureException(new Failure("artifact.sidecar-invalid",
                $"{upstream.Segments[^1]}: a registry has files by their digest alone, so no checksum file can come from there"));
        }, ct);
}
