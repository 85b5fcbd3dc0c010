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
    /// <exception cref="FailureException">As <see cref="EachOrigin.FirstAsync"/>; <c>http.too-large</c> above 1 MiB.</exception>
    public static Task<SideFile> GetAsync(Host host, Uri upstream, Supply supply, CancellationToken ct) =>
        EachOrigin.FirstAsync(host, upstream, supply, async (location, token) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, location);
            var reply = await host.Http.ExchangeAsync(request, Http.IdleTimeout, Most, isNear: false, token);
            return reply.Status == 200 ? new SideFile(reply.Body, Http.Shown(location)) : throw Http.Refused(request, reply.Status);
        }, ct);
}
