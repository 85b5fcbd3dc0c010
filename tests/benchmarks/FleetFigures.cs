using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.Benchmarks;

/// <summary>A fleet that boots at once, while its only mirror falls over and comes back.</summary>
internal static class FleetFigures
{
    private const int Nodes = 200;
    private const string Version = "1.36.2";
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(15);
    private static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>200 installs with roots of their own, artifacts of 1 MB each; the mirror goes away for 15 s in the middle.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string binary)
    {
        var folder = Directory.CreateDirectory(Path.Join("/var/tmp", $"slipway-fleet-{Guid.NewGuid():n}")).FullName;
        try
        {
            var lockPath = await MakeReleaseAsync(folder);
            await using var mirror = new Mirror(Path.Join(folder, "files"));
            await mirror.StartAsync();
            var nodes = Enumerable.Range(0, Nodes).Select(node => InstallAsync(binary, Path.Join(folder, $"node-{node}"), lockPath, mirror)).ToList();
            await Task.Delay(TimeSpan.FromSeconds(3));
            await mirror.StopAsync();
            await Task.Delay(Outage);
            await mirror.StartAsync();
            var back = DateTimeOffset.UtcNow;
            var failed = (await Task.WhenAll(nodes)).Where(said => said is not null).ToList();
            if (failed.Count > 0)
            {
                Console.Error.WriteLine(failed[0]);
            }
            // Who waits for a mirror asks again at a time of its own: no moment after the return holds a wave of the fleet. One artifact: one request a node.
            var asked = mirror.Exchanges.Where(exchange => exchange.At > back && exchange.Path.EndsWith("/kubelet", StringComparison.Ordinal)).ToList();
            var fullest = asked.GroupBy(exchange => (long)((exchange.At - back).TotalMilliseconds / 500)).Select(slot => slot.Count()).DefaultIfEmpty().Max();
            return
            [
                new($"nodes of {Nodes} that failed while the mirror was away", "nodes", failed.Count, 0),
                new("largest share of those that waited in any half second", "ratio", fullest / (double)Math.Max(1, asked.Count), 0.35, $"{asked.Count} nodes had waited"),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string?> InstallAsync(string binary, string root, string lockPath, Mirror mirror)
    {
        Directory.CreateDirectory(root);
        var start = new ProcessStartInfo(binary,
            ["install", "--kubernetes", Version, "--root", root, "--mirror", mirror.Url("127.0.0.1").AbsoluteUri, "--lock", lockPath, "--only", "kubelet", "--only", "kubeadm", "--only", "kubectl"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? null : $"exit {process.ExitCode}: {string.Concat(said)}";
    }

    private static async Task<string> MakeReleaseAsync(string folder)
    {
        var artifacts = new List<object>();
        foreach (var name in (string[])["kubelet", "kubeadm", "kubectl"])
        {
            var url = new Uri($"https://dl.k8s.io/release/v{Version}/bin/linux/amd64/{name}");
            var bytes = RandomNumberGenerator.GetBytes(1_000_000);
            var path = Path.Join(folder, "files", url.AbsolutePath);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, bytes);
            artifacts.Add(new { name, version = Version, arch = "amd64", url, sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) });
        }
        var lockPath = Path.Join(folder, "artifacts.lock");
        await File.WriteAllTextAsync(lockPath, JsonSerializer.Serialize(new { schemaVersion = 1, artifacts }, CamelCase));
        return lockPath;
    }
}
