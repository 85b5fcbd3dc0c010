using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>The C library is known by its files, on the running system and in a tree that never ran here.</summary>
public sealed class GlibcVersionTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("/lib64", "libc-2.28.so", "2.28")]
    [InlineData("/lib/x86_64-linux-gnu", "libc-2.31.so", "2.31")]
    [InlineData("/usr/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu/libc-2.33.so", "2.33")]
    public void Old_libraries_say_it_by_the_name_of_their_file(string folder, string target, string version)
    {
        Directory.CreateDirectory(node[folder]);
        File.CreateSymbolicLink(node[$"{folder}/libc.so.6"], target);
        Assert.Equal(version, GlibcVersion.Of(node.Files)?.ToString());
    }

    [Theory]
    [InlineData("/lib/x86_64-linux-gnu/libc.so.6", "GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\nCopyright", "2.36")]
    [InlineData("/usr/lib64/libc.so.6", "GNU C Library (GNU libc) stable release version 2.34.\n", "2.34")]
    [InlineData("/lib64/libc.so.6", "GNU C Library (Ubuntu GLIBC 2.39-0ubuntu8) development release version 2.39.9000.\n", "2.39.9000")]
    [InlineData("/lib64/libc.so.6", "musl libc", null)]
    [InlineData("/lib64/libc.so.6", "GNU C Library (torn", null)]
    [InlineData("/lib64/libc.so.6", "", null)]
    [InlineData("/opt/libc.so.6", "GNU C Library (GNU libc) stable release version 2.34.\n", null)]
    public void New_ones_say_it_in_their_banner(string path, string banner, string? version)
    {
        node.Put(path, new string('\0', 1000) + banner);
        Assert.Equal(version, GlibcVersion.Of(node.Files)?.ToString());
    }

    [Fact]
    public void A_folder_that_is_a_link_is_followed_inside_the_tree()
    {
        node.Put("/usr/lib64/libc.so.6", "GNU C Library (GNU libc) stable release version 2.34.\n");
        File.CreateSymbolicLink(node["/lib64"], "usr/lib64");
        Assert.Equal(new Version(2, 34), GlibcVersion.Of(node.Files));
    }

    [Fact]
    public void A_file_far_larger_than_any_library_is_not_read()
    {
        node.Put("/lib64/libc.so.6", "");
        using (var file = new FileStream(node["/lib64/libc.so.6"], FileMode.Open))
        {
            file.SetLength(64L << 20);
        }
        Assert.Null(GlibcVersion.Of(node.Files));
    }

    [Fact]
    public void This_machine_says_it_as_its_own_tools_do()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ldd"), "asks ldd, which is not installed");
        using var ldd = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/ldd", "--version") { RedirectStandardOutput = true })!;
        var line = ldd.StandardOutput.ReadLine()!;
        Assert.EndsWith(" " + GlibcVersion.Of(new FileTree("/")), line, StringComparison.Ordinal);
    }
}
