using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary><c>slipway install</c> bakes an image: everything in place, nothing started, and a boot of it downloads nothing.</summary>
public sealed class InstallTests : IAsyncDisposable
{
    private readonly Node image = new();
    private readonly Release release = new();
    private readonly LoopbackServer mirror;
    private readonly string lockFile = Path.GetTempFileName();

    public InstallTests()
    {
        mirror = new LoopbackServer((path, _) => release.Get(path));
        File.WriteAllText(lockFile, release.Lock);
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        File.Delete(lockFile);
        image.Dispose();
    }

    [Fact]
    public async Task It_puts_all_in_place_and_a_second_time_changes_and_downloads_nothing()
    {
        (await InstallAsync("--kubernetes", "1.36.2")).Exits(0).Says("installed").Says("kubelet 1.36.2").Says("/opt/slipway/kubernetes/1.36.2/bin");
        Assert.Equal("/opt/slipway/kubernetes/current/bin/kubelet", new FileInfo(image["/usr/bin/kubelet"]).LinkTarget);
        Assert.Equal("/usr/lib/systemd/system/containerd.service", new FileInfo(image["/etc/systemd/system/multi-user.target.wants/containerd.service"]).LinkTarget);
        Assert.Empty(image.Leftovers());
        var before = TreeListing.Of(image.Root, times: true, "run");
        var downloads = mirror.Hits.Count;
        (await InstallAsync("--kubernetes", "1.36.2")).Exits(0).Says("nothing to do");
        Assert.Equal(before, TreeListing.Of(image.Root, times: true, "run"));
        Assert.Equal(downloads, mirror.Hits.Count);
    }

    private Task<Outcome> InstallAsync(params string[] arguments) =>
        Agent.RunAsync(image.Call(["install", "--mirror", mirror.Url.AbsoluteUri, "--lock", lockFile, .. arguments]));
}
