using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>An image that was pulled before the join.</summary>
/// <param name="Reference">Its full name.</param>
/// <param name="IsPinned">Whether the kubelet must never collect it: the pause image.</param>
/// <param name="Deadline">For all attempts.</param>
internal sealed record PulledImage(string Reference, bool IsPinned, TimeSpan Deadline) : Resource($"image:{Reference}")
{
    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var store = new ImageStore(host);
        return store.IsNowhere ? new Finding.NotApplicable("no containerd runs below this root")
            : store.IsTheKubelets ? new Finding.NotApplicable("the kubelet looks after the images of a node that has joined")
            : await store.NamesAsync(ct) is { } names && names.Contains(Reference) ? new Finding.AsWanted()
            : new Finding.Differs($"pull {Reference}");
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var (store, started) = (new ImageStore(host), host.Clock.GetTimestamp());
        await new Retry(Deadline).RunAsync($"pull {Reference}", host.Clock, host.Log, async (_, token) =>
        {
            await store.PullAsync(Reference, Deadline, token);
            return Reference;
        }, ct);
        if (IsPinned)
        {
            await store.PinAsync(Reference, ct);
        }
        host.Log.Information("{Text:l}", $"pulled {Reference} in {Events.Seconds(host.Clock.GetElapsedTime(started))}");
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        var store = new ImageStore(host);
        return store.IsTheKubelets ? "the kubelet looks after it" : await store.RemoveAsync(Reference, ct);
    }
}
