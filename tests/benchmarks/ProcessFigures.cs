using System.Globalization;

namespace Slipway.Benchmarks;

/// <summary>The agent as a process on this machine: start-up, memory, an idle run, and memory while it installs.</summary>
internal static class ProcessFigures
{
    private const int Runs = 15;

    /// <summary>Measures with <c>/usr/bin/time</c>'s accounting of whole processes: medians after one warm-up.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string binary)
    {
        var version = await RepeatAsync(Runs, binary, "version");
        await using var world = await World.StartAsync("127.0.0.1");
        var root = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
        try
        {
            var lockPath = Path.Join(root, UserData.LockPath);
            Directory.CreateDirectory(Path.GetDirectoryName(lockPath)!);
            await File.WriteAllTextAsync(lockPath, world.Lock);
            var config = Path.Join(root, "node.yaml");
            await File.WriteAllTextAsync(config, UserData.NodeConfig(world).Replace("\n  join:\n", "\n  join:\n    mode: prepare\n", StringComparison.Ordinal));
            string[] run = ["run", "--root", root, "--config-source", $"file://{config}", "--log-level", "error"];
            var install = await OnceAsync(binary, run);
            var idle = await RepeatAsync(Runs, binary, run);
            return
            [
                new("slipway version", "ms", Figure.Median(version.Select(r => r.Seconds * 1000)), 15),
                new("slipway version, memory", "MB", version.Max(r => r.Kilobytes) / 1000.0, 20),
                new("install of all artifacts below a root", "s", install.Seconds),
                new("install of all artifacts below a root, memory", "MB", install.Kilobytes / 1000.0, 80),
                new("run with nothing to do, below a root", "ms", Figure.Median(idle.Select(r => r.Seconds * 1000)), 250),
            ];
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Runs a program once to warm up, then so many times; each run's wall clock and peak memory.</summary>
    internal static async Task<List<(double Seconds, double Kilobytes)>> RepeatAsync(int runs, string program, params string[] arguments)
    {
        await OnceAsync(program, arguments);
        var results = new List<(double, double)>();
        for (var run = 0; run < runs; run++)
        {
            results.Add(await OnceAsync(program, arguments));
        }
        return results;
    }

    /// <summary>Runs a program once: wall clock and peak memory. Fails when it fails.</summary>
    internal static async Task<(double Seconds, double Kilobytes)> OnceAsync(string program, params string[] arguments)
    {
        var report = Path.GetTempFileName();
        try
        {
            // perf-like precision is not needed, but time(1) rounds to 10 ms: the shell's TIMEFORMAT gives milliseconds.
            await Tool.RunAsync("bash", ["-c",
                "TIMEFORMAT=%3R; { time /usr/bin/time -f %M -o \"$0\" \"$@\" >/dev/null 2>&1; } 2>>\"$0.wall\" || [ $? = 78 ]", report, program, .. arguments]);
            var kilobytes = double.Parse((await File.ReadAllLinesAsync(report))[^1], CultureInfo.InvariantCulture);
            var seconds = double.Parse((await File.ReadAllLinesAsync(report + ".wall"))[^1], CultureInfo.InvariantCulture);
            return (seconds, kilobytes);
        }
        finally
        {
            File.Delete(report);
            File.Delete(report + ".wall");
        }
    }
}
