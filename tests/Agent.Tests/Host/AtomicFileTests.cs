using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>A path holds the old content or the new, and nothing else remains.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void What_is_not_committed_leaves_the_old_content_and_nothing_beside_it()
    {
        node.Put("/etc/a.conf", "old");
        using (var file = node.Files.Create("/etc/a.conf", Modes.Mode644))
        {
            file.Write("half of the n"u8);
            Assert.Equal("old", File.ReadAllText(node["/etc/a.conf"]));
        }
        Assert.Equal("old", File.ReadAllText(node["/etc/a.conf"]));
        Assert.Equal(["a.conf"], node.Files.List("/etc"));
    }

    [Fact]
    public void A_secret_is_private_from_its_first_byte()
    {
        using var file = node.Files.Create("/var/lib/slipway/config.json", Modes.Mode644);
        file.Write("secret"u8);
        Assert.Equal(Modes.Mode600, File.GetUnixFileMode(Assert.Single(Directory.GetFiles(node["/var/lib/slipway"]))));
    }

    [Fact]
    public void What_an_earlier_run_left_half_written_does_not_stand_in_the_way()
    {
        node.Put("/etc/.a.conf.slipway-new", "torn", Modes.Mode644);
        node.Files.Write("/etc/a.conf", "new", Modes.Mode600);
        Assert.Equal("new", File.ReadAllText(node["/etc/a.conf"]));
        Assert.Equal(["a.conf"], node.Files.List("/etc"));
    }

    [Fact]
    public void A_link_to_a_directory_is_replaced_by_rename()
    {
        Directory.CreateDirectory(node["/opt/v1"]);
        Directory.CreateDirectory(node["/opt/v2"]);
        node.Files.Link("/opt/current", "v1");
        node.Files.Link("/opt/current", "v2");
        Assert.Equal("v2", new FileInfo(node["/opt/current"]).LinkTarget);
        Assert.Equal(["current", "v1", "v2"], node.Files.List("/opt"));
        Assert.Empty(node.Files.List("/opt/v1"));
    }

    [Fact]
    public void Removing_a_directory_leaves_what_its_links_point_to()
    {
        node.Put("/keep/file", "kept");
        Directory.CreateDirectory(node["/gone"]);
        Directory.CreateSymbolicLink(node["/gone/link"], node["/keep"]);
        node.Files.DeleteDirectory("/gone");
        Assert.Equal("kept", File.ReadAllText(node["/keep/file"]));
    }

    [Fact]
    public void Deleting_a_dangling_link_deletes_it()
    {
        node.Files.Link("/etc/dangling", "/nowhere");
        node.Files.Delete("/etc/dangling");
        Assert.Empty(node.Files.List("/etc"));
    }
}
