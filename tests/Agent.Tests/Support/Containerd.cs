using System.Diagnostics;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>The machine's own containerd as a process on a node below a directory: its socket, its images, and no pods. Skips where there is none, or no root.</summary>
internal sealed class Containerd : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly Task reading;

    private Containerd(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(ReadAsync(process.StandardError), ReadAsync(process.StandardOutput));
    }

    public static async Task<Containerd> StartAsync(Node node)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "containerd needs root");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Join(folder, "containerd"))), "there is no containerd on this machine");
        // The CRI plugin would want a network; without it the store is the same.
        node.Put("/etc/containerd/test.toml", "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\"]\n");
        Directory.CreateDirectory(node["/run/containerd"]);
        var containerd = new Containerd(Process.Start(new ProcessStartInfo("containerd",
        [
            "--config", node["/etc/containerd/test.toml"], "--root", node["/var/lib/containerd"], "--state", node["/run/containerd/state"],
            "--address", node["/run/containerd/containerd.sock"],
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!);
        for (var until = Environment.TickCount64 + 20_000; !containerd.Log.Contains("successfully booted", StringComparison.Ordinal); await Task.Delay(20))
        {
            if (containerd.process.HasExited || Environment.TickCount64 > until)
            {
                await containerd.DisposeAsync();
                Assert.Fail($"containerd does not start:\n{containerd.Log}");
            }
        }
        return containerd;
    }

    private string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
        await process.WaitForExitAsync();
        await reading;
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (log)
            {
                log.AppendLine(line);
            }
        }
    }
}
