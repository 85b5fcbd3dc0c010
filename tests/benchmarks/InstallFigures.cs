using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Slipway.Benchmarks;

/// <summary>A full install of real artifacts from a loopback mirror: against the shell way, against what the machine can do at all, and when the network breaks.</summary>
internal static class InstallFigures
{
    private const int Runs = 5;

    /// <summary>Measures in turn, so that what else happens on the machine hits all alike; medians of the ratios.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string binary)
    {
        var release = await Repack.CurrentAsync();
        await using var mirror = new Mirror(release.Folder);
        await mirror.StartAsync();
        var files = release.Artifacts.Select(artifact => Path.Join(release.Folder, new Uri(artifact.Url).AbsolutePath)).ToList();
        var (ours, shell, bound, memory) = (new List<double>(), new List<double>(), new List<double>(), 0.0);
        for (var run = 0; run <= Runs; run++)
        {
            var (seconds, kilobytes) = await InNewRootAsync(root => ProcessFigures.OnceAsync(binary, Install(release, mirror, root)));
            var byHand = await InNewRootAsync(root => ShellAsync(release, mirror, root));
            var physical = await InNewRootAsync(root => PhysicalAsync(files, root));
            // The first warms the page cache.
            if (run > 0)
            {
                ours.Add(seconds);
                shell.Add(byHand);
                bound.Add(physical);
                memory = Math.Max(memory, kilobytes / 1000.0);
            }
        }
        return
        [
            new("full install from a loopback mirror", "s", Figure.Median(ours)),
            new("the same by curl, sha256sum and tar in turn", "s", Figure.Median(shell)),
            new("install against curl, sha256sum and tar", "ratio", Figure.Median(ours.Zip(shell, (a, b) => a / b)), 0.5),
            new("install against the physical bound", "ratio", Figure.Median(ours.Zip(bound, (a, b) => a / b)), 1.3,
                string.Create(CultureInfo.InvariantCulture, $"bound {Figure.Median(bound):0.00} s: the longest of SHA-256, inflate and a flushed copy")),
            new("full install, memory", "MB", memory, 80),
            await ResumeAsync(binary, release, mirror),
        ];
    }

    /// <summary>How much is read twice when every connection breaks after 4 MiB.</summary>
    private static async Task<Figure> ResumeAsync(string binary, Release release, Mirror mirror)
    {
        mirror.ClearExchanges();
        mirror.Break("", new Fault.CutAfter(4 << 20));
        await InNewRootAsync(async root => (await ProcessFigures.OnceAsync(binary, Install(release, mirror, root))).Seconds);
        mirror.Heal();
        var total = release.Artifacts.Sum(artifact => new FileInfo(Path.Join(release.Folder, new Uri(artifact.Url).AbsolutePath)).Length);
        var again = mirror.Downloads.Sum(exchange => exchange.Bytes) - total;
        return new Figure("read twice where connections break", "MiB", Math.Max(0, again) / 1048576.0 / release.Artifacts.Count, 1, "an artifact, cut every 4 MiB");
    }

    private static string[] Install(Release release, Mirror mirror, string root) =>
        ["install", "--kubernetes", release.Versions.Kubernetes, "--root", root, "--mirror", mirror.Url("127.0.0.1").AbsoluteUri, "--lock", release.LockPath, "--log-level", "error"];

    /// <summary>What a careful script does, with the same durability at the end.</summary>
    private static async Task<double> ShellAsync(Release release, Mirror mirror, string root)
    {
        var script = new System.Text.StringBuilder("set -euo pipefail\ncd \"$0\"\nmkdir -p bin\n");
        foreach (var artifact in release.Artifacts)
        {
            var path = new Uri(artifact.Url).AbsolutePath;
            var name = Path.GetFileName(path);
            script.Append(CultureInfo.InvariantCulture, $"curl -fsSLO '{mirror.Url("127.0.0.1").AbsoluteUri.TrimEnd('/')}{path}'\necho '{artifact.Sha256}  {name}' | sha256sum -c --quiet\n")
                .Append(CultureInfo.InvariantCulture, $"{(name.EndsWith("gz", StringComparison.Ordinal) ? $"tar -xzf '{name}' -C bin && rm '{name}'" : $"install -m 0755 '{name}' 'bin/{artifact.Name}' && rm '{name}'")}\n");
        }
        script.Append("sync -f bin\n");
        var watch = Stopwatch.StartNew();
        await Tool.RunAsync("bash", ["-c", script.ToString(), root]);
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>The longest of: SHA-256 of all bytes, inflating them, both on all cores, and writing what comes out to the disk.</summary>
    private static async Task<double> PhysicalAsync(IReadOnlyList<string> files, string root)
    {
        var hash = Watch(() => Parallel.ForEach(files, file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            SHA256.HashData(stream);
        }));
        var inflate = Watch(() => Parallel.ForEach(files.Where(IsGzip), file =>
        {
            using var plain = new GZipStream(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20), CompressionMode.Decompress);
            plain.CopyTo(Stream.Null, 1 << 20);
        }));
        var unpacked = Path.Join(root, "unpacked");
        Directory.CreateDirectory(unpacked);
        foreach (var file in files)
        {
            await (IsGzip(file) ? Tool.RunAsync("tar", ["-xzf", file, "-C", unpacked]) : Tool.RunAsync("cp", [file, unpacked]));
        }
        await Tool.RunAsync("sync", ["-f", unpacked]);
        var watch = Stopwatch.StartNew();
        await Tool.RunAsync("bash", ["-c", "cp -r \"$0\" \"$1\" && sync -f \"$1\"", unpacked, Path.Join(root, "copy")]);
        return new[] { hash, inflate, watch.Elapsed.TotalSeconds }.Max();
    }

    private static double Watch(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static bool IsGzip(string file) => file.EndsWith("gz", StringComparison.Ordinal);

    private static async Task<T> InNewRootAsync<T>(Func<string, Task<T>> measure)
    {
        // On the disk, wherever temporary files lie: a copy into memory is no bound for an install.
        var root = Directory.CreateDirectory(Path.Join("/var/tmp", $"slipway-bench-{Guid.NewGuid():n}")).FullName;
        try
        {
            return await measure(root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
