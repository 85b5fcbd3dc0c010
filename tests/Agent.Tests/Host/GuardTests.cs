using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Hosting;

/// <summary>A full disk, a read-only file system and a refusal each have a code of their own, and leave nothing half-written.</summary>
public sealed class GuardTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void A_full_disk_is_told_as_one_and_leaves_the_old_file()
    {
        using var disk = Mount.Tmpfs(node["/mnt"], "64k");
        node.Put("/mnt/file", "old");
        var failure = Assert.Throws<FailureException>(() => node.Files.Write("/mnt/file", new byte[1 << 20], Modes.Mode644)).Failure;
        Assert.Equal("host.disk-full", failure.Code);
        Assert.Equal(["file"], node.Files.List("/mnt"));
        Assert.Equal("old", File.ReadAllText(node["/mnt/file"]));
    }

    [Fact]
    public void A_read_only_file_system_is_told_as_one()
    {
        using var disk = Mount.Tmpfs(node["/mnt"], "64k");
        node.Put("/mnt/there/file", "old");
        disk.MakeReadOnly();
        Action[] writes =
        [
            () => node.Files.Write("/mnt/there/file", "new", Modes.Mode644),
            () => node.Files.CreateDirectory("/mnt/new", Modes.Mode755),
            () => node.Files.CreateDirectory("/mnt/there", Modes.Mode700),
            () => node.Files.Link("/mnt/link", "x"),
            () => node.Files.Delete("/mnt/there/file"),
            () => node.Files.DeleteDirectory("/mnt/there"),
            () => node.Files.Rename("/mnt/there/file", "/mnt/moved"),
        ];
        Assert.All(writes, write => Assert.Equal("host.read-only", Assert.Throws<FailureException>(write).Failure.Code));
    }

    [Fact]
    public void A_ledger_on_a_full_disk_is_a_full_disk_and_not_a_bug()
    {
        using var disk = Mount.Tmpfs(node["/var/lib/slipway"], "16k");
        var failure = Assert.Throws<FailureException>(() =>
        {
            using var ledger = Ledger.Open(node.Host, "boot");
            disk.Fill();
            for (var i = 0; i < 100; i++)
            {
                ledger.Append(LedgerEvent.Intent, "step", $"resource-{i}", new string('x', 200));
            }
        }).Failure;
        Assert.Equal("host.disk-full", failure.Code);
    }

    [Fact]
    public void A_lock_on_a_full_disk_is_a_full_disk_and_not_a_bug()
    {
        using var disk = Mount.Tmpfs(node["/run/slipway"], "16k");
        disk.Fill();
        var failure = Assert.Throws<FailureException>(() => NodeLock.Take(node.Files, "boot", "run").Dispose()).Failure;
        Assert.Equal("host.disk-full", failure.Code);
    }

    [Fact]
    public void A_full_disk_is_not_tried_again_by_itself() =>
        // Somebody has to make room first: trying again in a minute only fills the journal too.
        Assert.False(new Failure("host.disk-full", "").IsTransient);

    [Fact]
    public void A_file_that_cannot_be_read_is_told_with_its_reason()
    {
        Directory.CreateDirectory(node["/etc/directory"]);
        var failure = Assert.Throws<FailureException>(() => node.Files.ReadBytes("/etc/directory")).Failure;
        Assert.Equal("host.not-permitted", failure.Code);
        Assert.Contains("/etc/directory", failure.What, StringComparison.Ordinal);
    }
}
