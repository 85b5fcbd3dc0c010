using System.Diagnostics;

namespace Slipway.Tests.Support;

/// <summary>Another process that has a file locked as dpkg and apt lock theirs (fcntl, not flock).</summary>
internal sealed class HeldLock : IDisposable
{
    private readonly Process process;

    public HeldLock(string path)
    {
        process = System.Diagnostics.Process.Start(new ProcessStartInfo("python3",
            ["-c", "import fcntl,sys\nf=open(sys.argv[1],'w')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('held',flush=True)\nsys.stdin.read()", path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", process.StandardOutput.ReadLine());
        Process = process.Id;
    }

    /// <summary>Its process id.</summary>
    public int Process { get; }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            process.WaitForExit();
        }
    }
}
