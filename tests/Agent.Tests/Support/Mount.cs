using System.Diagnostics;

namespace Slipway.Tests.Support;

/// <summary>A small file system in memory over a directory, for disks that are full or read-only. Needs root.</summary>
internal sealed class Mount : IDisposable
{
    private readonly string path;

    private Mount(string path) => this.path = path;

    /// <summary>Mounts a file system of a size such as <c>64k</c>; skips the test where that is not permitted.</summary>
    public static Mount Tmpfs(string path, string size)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=755", "tmpfs", path), "mounting a tmpfs needs root and CAP_SYS_ADMIN");
        return new Mount(path);
    }

    /// <summary>Mounts a folder at another place too; skips the test where that is not permitted.</summary>
    public static Mount Bind(string folder, string path)
    {
        Directory.CreateDirectory(path);
        Assert.SkipUnless(Run("mount", "--bind", folder, path), "a bind mount needs root and CAP_SYS_ADMIN");
        return new Mount(path);
    }

    /// <summary>Fills it up but for some bytes.</summary>
    public void Fill(int leave = 0)
    {
        using var file = new FileStream(Path.Join(path, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            file.SetLength(Math.Max(0, file.Length - leave));
        }
    }

    /// <summary>Makes it read-only.</summary>
    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", path));

    public void Dispose() => Run("umount", "-l", path);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
