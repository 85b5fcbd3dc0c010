using System.Runtime.InteropServices;
using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>Tests that change what belongs to the whole process run alone.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>Modes are what the code says, whatever the umask of the shell that started us.</summary>
[Collection(nameof(WholeProcess))]
public sealed partial class UmaskTests : IDisposable
{
    private readonly Node node = new();
    private readonly uint before = umask(0);

    public void Dispose()
    {
        _ = umask(before);
        node.Dispose();
    }

    [Theory]
    [InlineData(0b111_111_111)]
    [InlineData(0b000_111_111)]
    [InlineData(0b000_000_000)]
    public void Modes_are_exact_under_any_umask(uint mask)
    {
        // The test's own folder was made before; the owner's bits stay, or nothing could be made at all below it.
        _ = umask(mask & 0b000_111_111);
        node.Files.Write("/opt/deep/er/file", "x", Modes.Mode644);
        node.Files.CreateDirectory("/srv/deep/private", Modes.Mode700);
        node.Files.Link("/usr/bin/link", "/opt");
        node.Files.Rename("/opt/deep/er/file", "/moved/to/file");
        Assert.Equal(Modes.Mode644, File.GetUnixFileMode(node["/moved/to/file"]));
        Assert.Equal(Modes.Mode700, File.GetUnixFileMode(node["/srv/deep/private"]));
        foreach (var parent in (string[])["/opt", "/opt/deep", "/opt/deep/er", "/srv", "/srv/deep", "/usr", "/usr/bin", "/moved", "/moved/to"])
        {
            Assert.True(Modes.Mode755 == File.GetUnixFileMode(node[parent]), $"{parent} has mode {Modes.Octal(File.GetUnixFileMode(node[parent]))}");
        }
    }

    [Fact]
    public void The_mode_of_a_directory_that_was_there_stays()
    {
        node.Put("/etc/private/there", "x");
        File.SetUnixFileMode(node["/etc/private"], Modes.Mode700);
        node.Files.Write("/etc/private/file", "x", Modes.Mode644);
        Assert.Equal(Modes.Mode700, File.GetUnixFileMode(node["/etc/private"]));
    }

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);
}
