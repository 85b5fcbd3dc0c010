using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Hosting;

/// <summary>Every path of a node stays below the node's root, whatever links stand there.</summary>
public sealed class RootedPathTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("/etc/../../../x", "/x")]
    [InlineData("/..", "/")]
    [InlineData("/./a//b/.", "/a/b")]
    public void Dots_stop_at_the_root(string path, string inside) =>
        Assert.Equal(node[inside].TrimEnd('/'), node.Files.Resolve(path).TrimEnd('/'));

    [Fact]
    public void An_absolute_link_is_read_as_the_node_would_read_it()
    {
        Directory.CreateDirectory(node["/data"]);
        Directory.CreateSymbolicLink(node["/opt"], "/data");
        Assert.Equal(node["/data/slipway"], node.Files.Resolve("/opt/slipway"));
    }

    [Theory]
    [InlineData("../../../../../../../../../../etc")]
    [InlineData("/../../etc")]
    public void A_link_cannot_lead_out(string target)
    {
        Directory.CreateSymbolicLink(node["/out"], target);
        Assert.Equal(node["/etc/passwd"], node.Files.Resolve("/out/passwd"));
        Assert.False(node.Files.Exists("/out/passwd"));
        Assert.Null(node.Files.ReadText("/out/passwd"));
    }

    [Fact]
    public void A_file_behind_an_absolute_link_is_read_below_the_root()
    {
        File.CreateSymbolicLink(node["/hosts"], "/etc/hostname");
        Assert.Null(node.Files.ReadText("/hosts"));
        node.Put("/etc/hostname", "inside");
        Assert.Equal("inside", node.Files.ReadText("/hosts"));
    }

    [Fact]
    public void Writing_replaces_a_link_and_leaves_what_it_points_to()
    {
        node.Put("/target", "old");
        File.CreateSymbolicLink(node["/link"], node["/target"]);
        node.Files.Write("/link", "new", Modes.Mode644);
        Assert.Equal("old", File.ReadAllText(node["/target"]));
        Assert.Null(new FileInfo(node["/link"]).LinkTarget);
    }

    [Fact]
    public void A_directory_behind_an_absolute_link_is_made_below_the_root()
    {
        Directory.CreateDirectory(node["/opt"]);
        Directory.CreateDirectory(node["/data"]);
        Directory.CreateSymbolicLink(node["/opt/slipway"], "/data/slipway");
        node.Files.CreateDirectory("/opt/slipway", Modes.Mode700);
        Assert.Equal(Modes.Mode700, File.GetUnixFileMode(node["/data/slipway"]));
        Assert.False(Directory.Exists("/data/slipway"));
    }

    [Fact]
    public void Links_in_a_circle_are_a_coded_failure()
    {
        Directory.CreateSymbolicLink(node["/a"], "/b");
        Directory.CreateSymbolicLink(node["/b"], "/a");
        var failure = Assert.Throws<FailureException>(() => node.Files.Resolve("/a/x")).Failure;
        Assert.Equal("host.io", failure.Code);
    }

    [Fact]
    public void A_relative_path_is_a_mistake_of_the_program() => Assert.Throws<ArgumentException>(() => node.Files.Resolve("etc"));
}
