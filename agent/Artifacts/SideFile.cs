using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A small file that upstream publishes beside an artifact: its checksums, its signature.</summary>
/// <param name="Text">What it says.</param>
/// <param name="From">Where it came from, for messages; without credentials.</param>
internal sealed record SideFile(string Text, string From)
{
    /// <summary>Fetches it from the first origin that has it.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="upstream">Where upstream publishes it.</param>
    /// <param name="supply">Where to try, and for how long.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <exception cref="FailureException">As <see cref="EachOrigin.FirstAsync"/>; <c>http.too-large</c> above 1 MiB.</exception>
    public static Task<SideFile> GetAsync(Host host, Uri upstream, Supply supply, CancellationToken ct) =>
        EachOrigin.FirstAsync(host, upstream, supply, async (response, from, token) => new SideFile(await Http.ReadTextAsync(response, token), from), ct);
}
