namespace Slipway.Acceptance;

/// <summary>Disks that are full or read-only: a code, a fix, and nothing half-written.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly Node node = new();
    private readonly Release release = new(200_000);

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("64k")]
    [InlineData("900k")]
    [InlineData("1600k")]
    public async Task A_full_disk_is_told_as_one_and_more_room_is_all_it_takes(string size)
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
        using (Mount.Tmpfs(node["/opt"], size))
        {
            (await node.RunAsync("run", "--skip", "disk.space")).Exits(75).Says("host.disk-full").Says("Fix:");
            Assert.Empty(node.Leftovers());
            Assert.DoesNotContain(node.Tree(), line => line.StartsWith("opt/", StringComparison.Ordinal) && line.Contains(" file 0600", StringComparison.Ordinal));
        }
        (await node.RunAsync("run")).Exits(0);
    }

    [Fact]
    public async Task Too_little_room_is_found_out_before_the_first_download()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
        using var disk = Mount.Tmpfs(node["/opt"], "10m");
        (await node.RunAsync("run")).Exits(1).Says("disk.space").Says("1024 MiB");
        Assert.Empty(mirror.Hits);
        Assert.Empty(Directory.GetFileSystemEntries(node["/opt"]));
    }

    [Theory]
    [InlineData("/opt")]
    [InlineData("/etc/modules-load.d")]
    [InlineData("/var/lib/slipway")]
    [InlineData("/usr/bin")]
    [InlineData("/run")]
    public async Task A_read_only_file_system_is_told_as_one(string path)
    {
        await using var mirror = new LoopbackServer((url, _) => release.Get(url));
        node.Configure(release, mirror.Url);
        using var disk = Mount.Tmpfs(node[path], "64m");
        disk.MakeReadOnly();
        (await node.RunAsync("run", "--skip", "disk.space")).Exits(1).Says("host.read-only").Says("Fix:");
        Assert.Empty(node.Leftovers());
    }

    [Theory]
    [InlineData("/var/lib/slipway")]
    [InlineData("/run")]
    [InlineData("/etc/modules-load.d")]
    public async Task A_full_disk_elsewhere_is_told_as_one_too(string path)
    {
        await using var mirror = new LoopbackServer((url, _) => release.Get(url));
        node.Configure(release, mirror.Url);
        using (var disk = Mount.Tmpfs(node[path], "64k"))
        {
            disk.Fill();
            (await node.RunAsync("run")).Exits(75).Says("host.disk-full");
            Assert.Empty(node.Leftovers());
        }
        (await node.RunAsync("run")).Exits(0);
    }
}
