using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>An image that was pulled before the join. Afterwards the kubelet looks after images: it pulls them, and collects them.</summary>
/// <param name="Reference">Its full name.</param>
/// <param name="IsPinned">Whether the kubelet must never collect it: the pause image.</param>
/// <param name="Deadline">For all attempts.</param>
/// <param name="Kubelet">A file that is there once the kubelet looks after images.</param>
internal sealed record PulledImage(string Reference, bool IsPinned, TimeSpan Deadline, string Kubelet) : Resource($"image:{Reference}")
{
    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var store = new ImageStore(host);
        return store.IsNowhere ? new Finding.NotApplicable("no containerd runs below this root")
            : host.Files.Exists(Kubelet) ? new Finding.NotApplicable("the kubelet looks after the images of a node that has joined")
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
        if (!host.Files.Exists(Kubelet))
        {
            await new ImageStore(host).RemoveAsync(Reference, ct);
            return "";
        }
        return $"the image {Reference}, which the kubelet looks after";
    }
}
