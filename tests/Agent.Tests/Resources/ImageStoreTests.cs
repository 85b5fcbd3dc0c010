using Slipway.Config;
using Slipway.Engine;
using Slipway.Lab;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>Images come into a real containerd, from archives and from a real registry with a CA and passwords of its own, through certs.d alone.</summary>
public sealed class ImageStoreTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task An_archive_is_imported_once_and_pins_the_pause_image()
    {
        await using var containerd = await Containerd.StartAsync(node);
        const string pause = "registry.example/pause:3.10";
        await PutAsync("/media/a.tar", TinyImage.Layout(pause));
        var images = new ImportedImages("/media/a.tar", pause, Deadline);
        Assert.IsType<Finding.Differs>(await InspectAsync(images));
        await images.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(images));
        Assert.Equal([pause], await new ImageStore(node.Host).NamesAsync(Ct));
        Assert.Contains("io.cri-containerd.pinned=pinned", await CtrAsync("images", "ls"), StringComparison.Ordinal);
        Assert.Contains(node.Lines, line => line.StartsWith($"imported {pause} in ", StringComparison.Ordinal));

        // Touched, it is still the same by its bytes; with others it is not.
        File.SetLastWriteTimeUtc(node["/media/a.tar"], DateTime.UtcNow.AddHours(1));
        Assert.IsType<Finding.AsWanted>(await InspectAsync(images));
        await PutAsync("/media/a.tar", TinyImage.Layout(pause, "other"));
        Assert.IsType<Finding.Differs>(await InspectAsync(images));
        await images.ApplyAsync(node.Host, Ct);

        // Once imported the archive may go; what was in it may not.
        File.Delete(node["/media/a.tar"]);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(images));
        await new ImageStore(node.Host).RemoveAsync(pause, Ct);
        Assert.Equal("image.archive-missing", Assert.IsType<Finding.Refused>(await InspectAsync(images)).Failure.Code);
        // From the join on it is the kubelet's business.
        node.Put("/etc/kubernetes/kubelet.conf", "");
        Assert.IsType<Finding.NotApplicable>(await InspectAsync(images));
    }

    [Fact]
    public async Task What_containerd_could_not_be_told_to_remove_is_told_to_the_operator()
    {
        await using (var containerd = await Containerd.StartAsync(node))
        {
            await PutAsync("/media/a.tar", TinyImage.Layout("registry.example/a:1"));
            await new ImportedImages("/media/a.tar", "", Deadline).ApplyAsync(node.Host, Ct);
            Assert.Equal("", await Pulled("registry.example/none:1").RemoveAsync(node.Host, new Trace(""), Ct));
        }
        foreach (var resource in (Resource[])[Pulled("registry.example/a:1"), new ImportedImages("/media/a.tar", "", Deadline)])
        {
            Assert.Contains("containerd", await resource.RemoveAsync(node.Host, new Trace(""), Ct), StringComparison.Ordinal);
        }
        await using var again = await Containerd.StartAsync(node);
        Assert.Equal("", await Pulled("registry.example/a:1").RemoveAsync(node.Host, new Trace(""), Ct));
        Assert.Equal([], await new ImageStore(node.Host).NamesAsync(Ct));

        static PulledImage Pulled(string reference) => new(reference, false, Deadline);
    }

    [Fact]
    public async Task What_cannot_be_imported_is_refused_before_the_first_change()
    {
        var missing = new ImportedImages("/media/none.tar", "", Deadline);
        Assert.Equal("image.archive-missing", Assert.IsType<Finding.Refused>(await InspectAsync(missing)).Failure.Code);
        node.Put("/media/text.tar", "not a tar");
        var text = new ImportedImages("/media/text.tar", "", Deadline);
        Assert.Equal("image.archive-invalid", Assert.IsType<Finding.Refused>(await InspectAsync(text)).Failure.Code);
        // In an image that does not run there is nothing to import into.
        await PutAsync("/media/a.tar", TinyImage.Layout("a.example/b:1"));
        Assert.IsType<Finding.NotApplicable>(await InspectAsync(new ImportedImages("/media/a.tar", "", Deadline)));
        Assert.IsType<Finding.NotApplicable>(await InspectAsync(new PulledImage("a.example/b:1", false, Deadline)));
    }

    [Fact]
    public async Task A_pull_goes_by_way_of_the_sites_mirror_with_its_CA_and_password()
    {
        await using var containerd = await Containerd.StartAsync(node);
        using var authority = new Authority("site");
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { Address = "127.0.0.2", Authority = authority, WantsPassword = true });
        var image = TinyImage.Layout("1");
        await TinyImage.PushAsync(image, $"{site.Authority}/mirror/k8s/pause:3.10", SiteRegistry.Credentials);
        await ConfigureAsync(site, authority.Pem, SiteRegistry.Credentials);
        var byTag = new PulledImage("registry.invalid/k8s/pause:3.10", true, Deadline);
        var byDigest = new PulledImage($"registry.invalid/k8s/pause@{TinyImage.Digest(image)}", false, Deadline);
        foreach (var wanted in (PulledImage[])[byTag, byDigest])
        {
            Assert.Equal(new Finding.Differs($"pull {wanted.Reference}"), await InspectAsync(wanted));
            await wanted.ApplyAsync(node.Host, Ct);
            Assert.IsType<Finding.AsWanted>(await InspectAsync(wanted));
        }
        Assert.Contains("pinned=pinned", await CtrAsync("images", "ls"), StringComparison.Ordinal);
        var lacking = (await Assert.ThrowsAsync<FailureException>(() => new ImageStore(node.Host).PullAsync("registry.invalid/k8s/none:1", Deadline, Ct))).Failure;
        Assert.Contains($"not found on {site.Authority}; ", lacking.What, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Lines, line => line.Contains("site-canary", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("not-found", "image.not-found")]
    [InlineData("password", "image.unauthorized")]
    [InlineData("no-password", "image.unauthorized")]
    [InlineData("ca", "image.untrusted")]
    [InlineData("down", "image.unreachable")]
    public async Task Why_a_pull_fails_is_told_apart(string trouble, string code)
    {
        await using var containerd = await Containerd.StartAsync(node);
        using var authority = new Authority("site");
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { Address = "127.0.0.2", Authority = authority, WantsPassword = true });
        if (trouble != "not-found")
        {
            await TinyImage.PushAsync(TinyImage.Layout("1"), $"{site.Authority}/k8s/pause:3.10", SiteRegistry.Credentials);
        }
        using var other = new Authority("another");
        await WriteAsync(site.Authority, new RegistrySection(null, trouble == "ca" ? other.Pem : authority.Pem,
            trouble == "no-password" ? null : new SecretRef.Literal(new Secret<string>(trouble == "password" ? "slipway:wrong" : SiteRegistry.Credentials))));
        var reference = trouble == "down" ? $"127.0.0.2:{LoopbackServer.FreePort()}/k8s/pause:3.10" : $"{site.Authority}/k8s/pause:3.10";
        var failure = (await Assert.ThrowsAsync<FailureException>(() => new ImageStore(node.Host).PullAsync(reference, Deadline, Ct))).Failure;
        Assert.True(failure.Code == code, failure.ToString());
        Assert.Equal(trouble == "down", failure.IsTransient);
    }

    [Fact]
    public async Task A_registry_that_is_down_for_a_moment_is_asked_again()
    {
        await using var containerd = await Containerd.StartAsync(node);
        var port = LoopbackServer.FreePort();
        var pulled = new PulledImage($"127.0.0.1:{port}/k8s/pause:3.10", false, Deadline);
        await WriteAsync($"127.0.0.1:{port}", new RegistrySection([new Mirror(Url.TryParse($"http://127.0.0.1:{port}", "http")!, null)], null, null));
        var pulling = pulled.ApplyAsync(node.Host, Ct);
        while (!node.Warnings.Any(line => line.Contains("image.unreachable", StringComparison.Ordinal)))
        {
            await Task.Delay(20, Ct);
        }
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { Port = port });
        await TinyImage.PushAsync(TinyImage.Layout("1"), $"127.0.0.1:{port}/k8s/pause:3.10", "a:b");
        try
        {
            await pulling;
        }
        catch (FailureException e) when (e.Failure.Code == "image.not-found")
        {
            // Between the start and the push.
            await pulled.ApplyAsync(node.Host, Ct);
        }
        Assert.IsType<Finding.AsWanted>(await InspectAsync(pulled));
    }

    private Task ConfigureAsync(SiteRegistry site, string ca, string credentials) => WriteAsync("registry.invalid", new RegistrySection(
        // By https, as oci:// to this very machine would be plain http.
        [new Mirror(Url.TryParse($"https://{site.Authority}/v2/mirror", "https")!, new SecretRef.Literal(new Secret<string>(credentials)))], ca, null));

    private async Task WriteAsync(string registry, RegistrySection section)
    {
        if (section.Ca is { } ca)
        {
            node.Put(HostsFile.CaOf(registry), ca);
        }
        await new RegistryResource(registry, section).ApplyAsync(node.Host, Ct);
        // containerd runs on this machine, not below the node's root.
        var path = HostsFile.PathOf(registry);
        node.Put(path, node.Files.ReadText(path)!.Replace("ca = \"/", $"ca = \"{node.Root}/", StringComparison.Ordinal));
    }

    private async Task PutAsync(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(node[path])!);
        await File.WriteAllBytesAsync(node[path], content, Ct);
    }

    private async Task<string> CtrAsync(params string[] arguments)
    {
        var result = await node.Host.Processes.RunAsync(new Slipway.Hosting.Command("ctr", ["--address", node["/run/containerd/containerd.sock"], "-n", "k8s.io", .. arguments]), Ct);
        return Assert.IsType<Slipway.Hosting.CommandResult.Ended>(result).Output;
    }

    private Task<Finding> InspectAsync(Resource resource) => resource.InspectAsync(node.Host, Scrutiny.Quick, Ct);
}
