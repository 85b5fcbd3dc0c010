using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Hosting;

/// <summary>A disk is known by its label, read through a mount, and left as it was.</summary>
public sealed class BlockDevicesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-disk-").FullName;

    public BlockDevicesTests() => File.WriteAllText(Path.Join(Directory.CreateDirectory(Path.Join(folder, "tree")).FullName, "user-data"), "hello");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("iso9660", "cidata")]
    [InlineData("iso9660", "CIDATA")]
    [InlineData("vfat", "CIDATA")]
    [InlineData("ext4", "config-2")]
    public void A_label_is_read_from_the_disk_itself(string type, string label) =>
        Assert.Equal(label, BlockDevices.Label(File.ReadAllBytes(Image(type, label))));

    [Fact]
    public void A_disk_without_a_file_system_has_no_label()
    {
        Assert.Null(BlockDevices.Label(new byte[1 << 20]));
        Assert.Null(BlockDevices.Label([]));
    }

    [Fact]
    public void All_disks_with_a_label_are_found_the_last_first_and_others_are_not()
    {
        var label = "SLIP" + Path.GetFileName(folder)[^5..].ToUpperInvariant();
        using var first = LoopDisk.Attach(Image("iso9660", label));
        using var second = LoopDisk.Attach(Image("vfat", label));
        using var other = LoopDisk.Attach(Image("iso9660", "other"));
        Assert.Equal(new[] { first.Device, second.Device }.OrderDescending(StringComparer.Ordinal),
            BlockDevices.Labelled(new FileTree("/"), label.ToLowerInvariant()));
    }

    [Fact]
    public void A_disk_is_read_and_nothing_of_the_mount_stays()
    {
        using var disk = LoopDisk.Attach(Image("ext4", "x"));
        Assert.Equal("hello", BlockDevices.Read(new FileTree("/"), disk.Device, anyType: true, tree => tree.ReadText("/user-data")));
        Assert.DoesNotContain(disk.Device, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries("/run/slipway", Path.GetFileName(disk.Device) + "-*"));
    }

    [Fact]
    public void A_disk_that_somebody_has_mounted_is_read_where_it_is()
    {
        using var disk = LoopDisk.Attach(Image("ext4", "x"));
        var roots = BlockDevices.Read(new FileTree("/"), disk.Device, anyType: true, outer =>
            (string[])[outer.Root, BlockDevices.Read(new FileTree("/"), disk.Device, anyType: true, tree => tree.Root)]);
        Assert.Equal(roots[0], roots[1]);
    }

    [Fact]
    public void A_link_on_a_disk_does_not_lead_out_of_it()
    {
        File.CreateSymbolicLink(Path.Join(folder, "tree/meta-data"), "/etc/passwd");
        using var disk = LoopDisk.Attach(Image("ext4", "x"));
        Assert.Null(BlockDevices.Read(new FileTree("/"), disk.Device, anyType: true, tree => tree.ReadText("/meta-data")));
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("")]
    public void A_disk_of_another_kind_is_unreadable(string type)
    {
        using var disk = LoopDisk.Attach(type.Length > 0 ? Image(type, "x") : Blank());
        Assert.Equal("config.source-unreadable", Assert.Throws<FailureException>(() =>
            BlockDevices.Read(new FileTree("/"), disk.Device, anyType: false, tree => tree.Root)).Failure.Code);
    }

    [Fact]
    public void A_disk_with_a_broken_file_system_is_unreadable_and_leaves_nothing_behind()
    {
        var image = Image("ext4", "x");
        using (var stream = File.OpenWrite(image))
        {
            stream.Position = 0x418; // s_log_block_size: no block is that large
            stream.Write([0xFF, 0xFF, 0xFF, 0x7F]);
        }
        using var disk = LoopDisk.Attach(image);
        Assert.Equal("config.source-unreadable", Assert.Throws<FailureException>(() =>
            BlockDevices.Read(new FileTree("/"), disk.Device, anyType: true, tree => tree.Root)).Failure.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries("/run/slipway", Path.GetFileName(disk.Device) + "-*"));
    }

    private string Image(string type, string label) => LoopDisk.Image(Path.Join(folder, $"{type}-{label}.img"), type, label, Path.Join(folder, "tree"));

    private string Blank()
    {
        File.WriteAllBytes(Path.Join(folder, "blank.img"), new byte[1 << 20]);
        return Path.Join(folder, "blank.img");
    }
}
