using System.Diagnostics;

namespace Slipway.Tests.Support;

/// <summary>A disk image as a block device of this machine. Needs root and loop devices; the test is skipped without.</summary>
internal sealed class LoopDisk : IDisposable
{
    private LoopDisk(string device) => Device = device;

    /// <summary>Such as <c>/dev/loop3</c>.</summary>
    public string Device { get; }

    /// <summary>Makes the image's device.</summary>
    public static LoopDisk Attach(string image)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Run("losetup", "--version") is not null, "loop devices need root and losetup");
        var device = Run("losetup", "--find", "--show", "--read-only", image);
        Assert.SkipUnless(device is { Length: > 0 }, "this machine gives no loop device");
        return new LoopDisk(device!);
    }

    /// <summary>Makes a file system's image of a folder's files: <c>iso9660</c>, <c>vfat</c> or <c>ext4</c>. Skips where the tool is not there.</summary>
    public static string Image(string path, string type, string label, string folder)
    {
        if (type != "iso9660")
        {
            using var image = File.Create(path);
            image.SetLength(4 << 20);
        }
        var made = type switch
        {
            "iso9660" => Run("genisoimage", "-quiet", "-joliet", "-rock", "-volid", label, "-output", path, folder),
            // Without mtools the disk has its label and no files.
            "vfat" => Run("mkfs.vfat", "-n", label, path) is { } done && Run("mcopy", ["-i", path, .. Directory.GetFiles(folder), "::"]) is var _ ? done : null,
            _ => Run("mkfs.ext4", "-q", "-F", "-L", label, "-d", folder, path),
        };
        Assert.SkipUnless(made is not null, $"no program makes {type} here");
        return path;
    }

    public void Dispose() => Run("losetup", "--detach", Device);

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
