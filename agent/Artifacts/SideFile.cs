using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A small file that upstream publishes beside an artifact: its checksums, its signature.</summary>
/// <param name="Text">What it says, or what was wanted of it.</param>
/// <param name="From">Where it came from, for messages; without credentials.</param>
internal sealed record SideFile(string Text, string From)
{
    /// <summary>Fetches it from the first origin that has it.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="upstream">Where upstream publishes it.</param>
    /// <param name="supply">Where to try, and for how long.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <param name="read">What of it is wanted; a <see cref="FormatException"/> says that it is another file, and the next origin is asked. Null for all.</param>
    /// <exception cref="FailureException">
    /// As <see cref="EachOrigin.FirstAsync"/>; <c>http.too-large</c> above 1 MiB; <c>artifact.sidecar-invalid</c> where it cannot be read.
    /// </exception>
    public static Task<SideFile> GetAsync(Host host, Uri upstream, Supply supply, CancellationToken ct, Func<string, string>? read = null) =>
        EachOrigin.FirstAsync(host, upstream, supply, async (response, from, token) =>
        {
            var text = await Http.ReadTextAsync(response, token);
            try
            {
                return new SideFile(read?.Invoke(text) ?? text, from);
            }
            catch (FormatException e)
            {
                throw new FailureException(new Failure("artifact.sidecar-invalid", $"{from}: {e.Message}"), e);
            }
        }, ct);
}
