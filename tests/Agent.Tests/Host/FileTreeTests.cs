using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>The node's files, the kernel's among them.</summary>
public sealed class FileTreeTests
{
    [Theory]
    // Both say a length that is not theirs: a page, and nothing.
    [InlineData("/sys/kernel/mm/transparent_hugepage/enabled")]
    [InlineData("/proc/self/mountinfo")]
    public void A_file_of_the_kernel_is_read_whole(string path)
    {
        Assert.SkipUnless(File.Exists(path), $"this kernel has no {path}");
        Assert.EndsWith("\n", new FileTree("/").ReadText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_where_a_directory_is_removed_goes_as_a_link()
    {
        using var node = new Node();
        node.Put("/srv/theirs/x", "x");
        File.SetUnixFileMode(node["/srv/theirs"], Modes.Mode755);
        Directory.CreateSymbolicLink(node["/srv/link"], node["/srv/theirs"]);
        node.Files.DeleteDirectory("/srv/link");
        Assert.Equal(["theirs"], node.Files.List("/srv"));
        Assert.Equal("x", node.Files.ReadText("/srv/theirs/x"));
        Assert.Equal(Modes.Mode755, node.Files.Status("/srv/theirs")!.Mode);
    }
}
