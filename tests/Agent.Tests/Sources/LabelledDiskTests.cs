using System.Text;
using Slipway.Hosting;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>Of several disks with a label the first that holds what is wanted counts; a damaged one where no other does.</summary>
public sealed class LabelledDiskTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-disk-").FullName;
    private readonly Slipway.Hosting.Host machine = Slipway.Hosting.Host.Open("/", Serilog.Core.Logger.None);

    public void Dispose()
    {
        machine.Http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_disk_without_the_wanted_files_gives_way_to_the_next()
    {
        using var empty = Disk("empty", ("user-data", "only this"));
        using var whole = Disk("whole", ("user-data", "here"), ("meta-data", ""));
        Assert.Equal("here", Encoding.UTF8.GetString(Assert.IsType<SourceResult.Found>(Read(empty.Device, whole.Device)).Payloads[0].Bytes.Span));
        Assert.Contains("does not hold both", Assert.IsType<SourceResult.Absent>(Read(empty.Device)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_does_not_mount_is_malformed_also_beside_one_that_holds_nothing()
    {
        var image = Path.Join(folder, "blank.img");
        File.WriteAllBytes(image, new byte[1 << 20]);
        using var blank = LoopDisk.Attach(image);
        using var empty = Disk("empty", ("other", "x"));
        foreach (var devices in (string[][])[[blank.Device], [blank.Device, empty.Device], [empty.Device, blank.Device]])
        {
            Assert.Equal("config.source-unreadable", Assert.IsType<SourceResult.Malformed>(Read(devices)).Failure.Code);
        }
    }

    [Fact]
    public void A_drive_that_cannot_be_read_is_unreachable_and_not_taken_for_a_wrong_file_system() =>
        Assert.Contains(Assert.IsType<SourceResult.Unreachable>(Read("/dev/slipway-no-such-disk")).Failure.Code, (string[])["host.io", "host.not-permitted"]);

    [Fact]
    public void Disks_are_not_looked_at_below_another_root()
    {
        using var node = new Node();
        Assert.Contains("another root", Assert.IsType<SourceResult.Absent>(LabelledDisk.Read(node.Host, "cidata", "x", _ => null)).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso9660")]
    [InlineData("vfat")]
    public async Task A_disk_labelled_cidata_is_never_taken_for_absent(string type)
    {
        Directory.CreateDirectory(Path.Join(folder, "tree"));
        foreach (var name in (string[])["user-data", "meta-data"])
        {
            await File.WriteAllTextAsync(Path.Join(folder, "tree", name), "x: 1\n", Ct);
        }
        using var disk = LoopDisk.Attach(LoopDisk.Image(Path.Join(folder, "seed.img"), type, "CIDATA", Path.Join(folder, "tree")));
        switch (await new NoCloudSource().ReadAsync(machine, Ct))
        {
            case SourceResult.Found found:
                Assert.Equal("x: 1\n", Encoding.UTF8.GetString(found.Payloads[0].Bytes.Span));
                break;
            case SourceResult.Unreachable { Failure: var failure }:
                // A kernel without the module, as in some containers.
                Assert.Equal("host.filesystem-unknown", failure.Code);
                break;
            case var other:
                // The tool puts no files on a vfat image.
                Assert.True(type == "vfat" && other is SourceResult.Absent, other.ToString());
                break;
        }
    }

    private SourceResult Read(params string[] devices) =>
        LabelledDisk.Read(machine, devices, anyType: true, "no disk", "both", disk => disk.Exists("/meta-data") && disk.ReadBytes("/user-data") is { } bytes
            ? new SourceResult.Found([new Payload(bytes, new Slipway.Config.TextOrigin("", "user-data"))], Slipway.Config.InstanceData.None)
            : null);

    private LoopDisk Disk(string name, params (string Name, string Content)[] files)
    {
        var tree = Directory.CreateDirectory(Path.Join(folder, name)).FullName;
        foreach (var (file, content) in files)
        {
            File.WriteAllText(Path.Join(tree, file), content);
        }
        return LoopDisk.Attach(LoopDisk.Image(Path.Join(folder, name + ".img"), "ext4", name, tree));
    }
}
