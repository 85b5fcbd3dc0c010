using Slipway.Tests.Support;

namespace Slipway.E2E;

/// <summary>Nodes that reach the API server and nothing else: what they install came in one file.</summary>
public sealed class BundleTests(SiteBundle bundle) : IAsyncDisposable
{
    private const string OnNode = "/srv/k8s.bundle";
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_node_with_a_bundle_installs_it_and_has_its_images_before_it_joins()
    {
        Assert.SkipWhen(World.IsReal, "the lab's own release is what fills the bundle");
        await using var world = await World.StartAsync(network.HostAddress);
        var path = await bundle.MakeAsync(world);
        world.Mirror!.ClearExchanges();
        await using var node = await Container.CreateAsync(network, Options(world, $"artifacts: {{bundle: {OnNode}, lock: {UserData.LockPath}}}", new GuestFile.Copy(OnNode, path, GuestFile.PublicFile)));
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);
        Assert.Empty(world.Mirror.Downloads);
        await AssertHasImagesAsync(node, SiteBundle.Archived, bundle.Pulled);
        await node.AssertNothingHalfInstalledAsync();
        // The archives lie nowhere any more, and the node can do without the medium.
        Assert.Equal("", await node.CheckAsync("find /var/lib/slipway -name '*.tar'"));
        await node.CheckAsync($"rm {OnNode}; slipway run");
    }

    [Fact]
    public async Task An_image_that_was_baked_from_a_bundle_joins_at_its_first_boot_and_downloads_nothing()
    {
        Assert.SkipWhen(World.IsReal, "the lab's own release is what fills the bundle");
        await using var world = await World.StartAsync(network.HostAddress);
        var path = await bundle.MakeAsync(world);
        world.Mirror!.ClearExchanges();
        await using var node = await Container.CreateAsync(network, Options(world, "artifacts: {}"));
        var own = Path.GetTempFileName();
        await File.WriteAllBytesAsync(own, TinyImage.Layout("registry.example/own:1", "own"), TestContext.Current.CancellationToken);
        await SiteBundle.RunAgentAsync("install", "--root", node.Root, "--bundle", path, "--lock", world.Release!.LockPath, "--images", own);
        File.Delete(own);
        Assert.Contains("registry.example/own:1", await File.ReadAllTextAsync(Path.Join(node.Root, "usr/lib/slipway/image.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.WaitForUnitAsync("slipway", Node.JoinTime);
        await node.AssertJoinedAsync(world);
        Assert.Empty(world.Mirror.Downloads);
        await AssertHasImagesAsync(node, SiteBundle.Archived, bundle.Pulled, "registry.example/own:1");
        Assert.DoesNotContain("install kubelet", await node.JournalAsync("slipway"), StringComparison.Ordinal);
    }

    private static ContainerOptions Options(World world, string artifacts, params IEnumerable<GuestFile> more)
    {
        var document = UserData.NodeConfig(world).Replace($"artifacts:\n    mirrors: [\"{world.MirrorUrl}\"]\n    lock: {UserData.LockPath}", artifacts, StringComparison.Ordinal);
        Assert.Contains(artifacts, document, StringComparison.Ordinal);
        return new ContainerOptions
        {
            Files = [.. Agent.Files, .. more],
            UserData = UserData.CloudConfig(document, world.Lock),
            Ports = [world.ControlPlane!.Port],
        };
    }

    /// <summary>containerd has them, the kubelet keeps the pause image, and they came before the join.</summary>
    private static async Task AssertHasImagesAsync(Container node, params IEnumerable<string> names)
    {
        var journal = await node.JournalAsync("slipway");
        var join = journal.IndexOf("join the cluster at", StringComparison.Ordinal);
        foreach (var name in names)
        {
            Assert.Contains(name, await node.CheckAsync("ctr -n k8s.io images ls -q name==" + name), StringComparison.Ordinal);
            Assert.InRange(journal.IndexOf($"imported {name}", StringComparison.Ordinal), 0, join);
        }
        Assert.Contains("pinned", await node.CheckAsync("ctr -n k8s.io images ls name==" + SiteBundle.Archived), StringComparison.Ordinal);
    }
}
