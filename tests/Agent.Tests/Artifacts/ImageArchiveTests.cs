using System.Text;
using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>What containerd could import is told from what it could not, with the names that are in it.</summary>
public sealed class ImageArchiveTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task An_OCI_layout_has_the_full_names_of_its_index()
    {
        Assert.Equal(["registry.example/pause:1"], await NamesAsync(TinyImage.Layout("registry.example/pause:1")));
        Assert.Equal(["registry.example/pause:1"], await NamesAsync(Archives.Gzip(TinyImage.Layout("registry.example/pause:1"))));
        // A tag alone gets a name from containerd that depends on the day.
        Assert.Empty(await NamesAsync(TinyImage.Layout("1")));
        Assert.Empty(await NamesAsync(TinyImage.Layout(null)));
    }

    [Fact]
    public async Task What_docker_save_writes_has_the_names_as_containerd_keeps_them() => Assert.Equal(
        ["docker.io/library/busybox:1.36", "registry.example:5000/a/b:2"],
        await NamesAsync(Archives.Tar(Archives.File("manifest.json",
            "[{\"Config\":\"c.json\",\"RepoTags\":[\"busybox:1.36\",\"registry.example:5000/a/b:2\"],\"Layers\":[]},{\"Config\":\"d.json\",\"RepoTags\":null,\"Layers\":[]}]"u8.ToArray()))));

    [Theory]
    [InlineData("plain text")]
    [InlineData("")]
    [InlineData("zstd")]
    [InlineData("index.json")]
    [InlineData("manifest.json: {")]
    [InlineData("manifest.json: {}")]
    [InlineData("cut")]
    public async Task Anything_else_is_refused(string kind)
    {
        byte[] bytes = kind switch
        {
            "zstd" => [0x28, 0xb5, 0x2f, 0xfd, 0, 0],
            "index.json" => Archives.Tar(Archives.File("index.json", "{\"manifests\":[]}"u8.ToArray())),
            "cut" => Archives.Gzip(TinyImage.Layout("a/b:1"))[..100],
            _ when kind.StartsWith("manifest", StringComparison.Ordinal) => Archives.Tar(Archives.File("manifest.json", Encoding.UTF8.GetBytes(kind[15..]))),
            _ => Encoding.UTF8.GetBytes(kind),
        };
        var failure = (await Assert.ThrowsAsync<FailureException>(() => NamesAsync(bytes))).Failure;
        Assert.Equal("image.archive-invalid", failure.Code);
        Assert.Contains("/images/a.tar", failure.What, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> NamesAsync(byte[] bytes)
    {
        Directory.CreateDirectory(node["/images"]);
        await File.WriteAllBytesAsync(node["/images/a.tar"], bytes, Ct);
        return (await ImageArchive.ReadAsync(node.Files, "/images/a.tar", Ct)).References;
    }
}
