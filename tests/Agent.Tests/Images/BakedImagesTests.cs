using Slipway.Engine;
using Slipway.Images;
using Slipway.Lab;

namespace Slipway.Tests.Images;

/// <summary>Images lie in the OS image as archives: the caller's own files, and what a registry has.</summary>
public sealed class BakedImagesTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly Node image = new();
    private readonly Node callers = new();

    public void Dispose()
    {
        image.Dispose();
        callers.Dispose();
    }

    [Fact]
    public async Task A_file_of_the_callers_own_is_checked_and_copied()
    {
        await File.WriteAllBytesAsync(callers["/pause.tar.gz"], Archives.Gzip(TinyImage.Layout("registry.example/pause:1")), Ct);
        var baked = Assert.Single(Assert.Single(BakedImages.Describe([callers["/pause.tar.gz"]], "amd64", Deadline)).Resources);
        Assert.IsType<Finding.Differs>(await baked.InspectAsync(image.Host, Scrutiny.Quick, Ct));
        await baked.ApplyAsync(image.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await baked.InspectAsync(image.Host, Scrutiny.Quick, Ct));
        Assert.Equal(["registry.example/pause:1"], await BakedImages.NamesAsync(image.Files, Ct));
        Assert.Equal(["/usr/lib/slipway/images/pause.tar"], Slipway.Hosting.Facts.Read(image.Files, image.Host.Services).BakedImages);
        await baked.RemoveAsync(image.Host, new Trace("", baked.After(image.Host)), Ct);
        Assert.Empty(image.Files.List("/usr/lib/slipway/images"));
    }

    [Fact]
    public async Task What_others_have_at_its_path_is_kept_and_comes_back()
    {
        await File.WriteAllBytesAsync(callers["/pause.tar"], TinyImage.Layout("registry.example/pause:1"), Ct);
        image.Put("/usr/lib/slipway/images/pause.tar", "somebody's");
        var baked = BakedImages.Describe([callers["/pause.tar"]], "amd64", Deadline)[0].Resources[0];
        var before = Assert.IsType<Finding.Differs>(await baked.InspectAsync(image.Host, Scrutiny.Quick, Ct)).Before;
        await baked.ApplyAsync(image.Host, Ct);
        await baked.RemoveAsync(image.Host, new Trace(before, baked.After(image.Host)), Ct);
        Assert.Equal("somebody's", image.Files.ReadText("/usr/lib/slipway/images/pause.tar"));
    }

    [Fact]
    public void Two_of_one_name_are_refused() => Assert.Equal("usage.option-invalid",
        Assert.Throws<Slipway.Reporting.FailureException>(() => BakedImages.Describe(["/a/x.tar", "/b/x.tar"], "amd64", Deadline)).Failure.Code);

    [Theory]
    [InlineData("/missing.tar", "image.archive-missing")]
    [InlineData("/text.tar", "image.archive-invalid")]
    public async Task What_is_no_archive_is_refused_first(string path, string code)
    {
        callers.Put("/text.tar", "text");
        var baked = BakedImages.Describe([callers[path]], "amd64", Deadline)[0].Resources[0];
        Assert.Equal(code, Assert.IsType<Finding.Refused>(await baked.InspectAsync(image.Host, Scrutiny.Quick, Ct)).Failure.Code);
    }

    [Fact]
    public async Task A_reference_is_pulled_for_the_images_architecture()
    {
        await using var registry = await SiteRegistry.StartAsync();
        await TinyImage.PushAsync(TinyImage.Layout("1", architecture: "arm64"), $"{registry.Authority}/k8s/pause:3.10", "a:b");
        var baked = BakedImages.Describe([$"{registry.Authority}/k8s/pause:3.10"], "arm64", Deadline)[0].Resources[0];
        await baked.ApplyAsync(image.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await baked.InspectAsync(image.Host, Scrutiny.Quick, Ct));
        Assert.Equal([$"{registry.Authority}/k8s/pause:3.10"], await BakedImages.NamesAsync(image.Files, Ct));
        Assert.EndsWith("-k8s-pause-3.10.tar", baked.Id, StringComparison.Ordinal);
    }
}
