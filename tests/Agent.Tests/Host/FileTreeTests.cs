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
}
