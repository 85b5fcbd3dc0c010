using System.Diagnostics;
using System.Globalization;

namespace Slipway.Acceptance;

/// <summary>
/// <c>slipway install</c> killed at any instant, fresh or over another version: no final path ever holds bytes of a wrong digest, the set in
/// use is whole, and the next run ends as if nothing had happened. 300 in all; <c>SLIPWAY_KILLS</c> for more.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const int MostTries = 6;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("SLIPWAY_KILLS") ?? "150", CultureInfo.InvariantCulture);
    private readonly Release older = new(120_000, "1.36.1", "2.3.3", 100);
    private readonly Release newer;
    private readonly string locks = Directory.CreateTempSubdirectory("slipway-locks-").FullName;

    public KillTests() => newer = new(120_000, like: older);

    public void Dispose() => Directory.Delete(locks, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_random_instants_an_install_leaves_nothing_wrong_and_the_next_one_ends_it(bool replaces)
    {
        var slow = false;
        await using var mirror = new LoopbackServer((path, _) => (newer.Get(path) is { Status: 200 } reply ? reply : older.Get(path)) with { BytesPerSecond = slow ? 1_500_000 : null });
        await File.WriteAllTextAsync(Path.Join(locks, "1.36.1"), older.Lock, Ct);
        await File.WriteAllTextAsync(Path.Join(locks, "1.36.2"), newer.Lock, Ct);

        // What each path may hold: what it holds after the older install, or after the newer one over it.
        using var golden = new Node();
        (await Agent.RunAsync(Install(golden, older, mirror))).Exits(0);
        var before = Programs(golden);
        var clock = Stopwatch.StartNew();
        (await Agent.RunAsync(Install(golden, newer, mirror))).Exits(0);
        var took = clock.Elapsed;
        var right = Programs(golden).Concat(before).ToHashSet();

#pragma warning disable CA5394 // Reproducible, not secret.
        var random = new Random(replaces ? 3607 : 3608);
        var (killed, node) = (0, new Node());
        try
        {
            for (var tries = 0; killed < Kills && tries < Kills * MostTries; tries++)
            {
                slow = tries % 3 == 0;
                if (tries % 4 == 0 || Is(node, newer))
                {
                    // From the start again: an install that has nothing to do cannot be cut off.
                    node.Dispose();
                    node = new Node();
                    if (replaces)
                    {
                        slow = false;
                        (await Agent.RunAsync(Install(node, older, mirror))).Exits(0);
                        slow = tries % 3 == 0;
                    }
                }
                using var running = Agent.Start(Install(node, newer, mirror));
                // The instant itself is what is random; nothing is waited for.
                await Task.Delay(took * (random.NextDouble() * (slow ? 1.6 : 1.05)), Ct);
                running.Kill();
                killed += (await running.EndAsync()).ExitCode == 0 ? 0 : 1;

                foreach (var line in Programs(node))
                {
                    Assert.True(right.Contains(line), $"kill {killed}: not a right file: {line}");
                }
                if (replaces)
                {
                    // The set in use is whole: one of the two.
                    Assert.All((string[])["kubelet", "kubeadm", "kubectl", "crictl"], name =>
                        Assert.True(File.Exists(node[$"/opt/slipway/kubernetes/{Current(node)}/bin/{name}"]), $"kill {killed}: no {name} in {Current(node)}"));
                }
                if (killed % 5 == 0)
                {
                    slow = false;
                    (await Agent.RunAsync(Install(node, newer, mirror))).Exits(0);
                    Assert.True(Is(node, newer));
                    Assert.Empty(node.Leftovers());
                }
            }
            Assert.True(killed >= Kills, $"only {killed} installs were still at work when they were killed");
            slow = false;
            (await Agent.RunAsync(Install(node, newer, mirror))).Exits(0);
            (await Agent.RunAsync(Install(node, newer, mirror))).Exits(0).Says("nothing to do");
            Assert.Empty(node.Leftovers());
        }
        finally
        {
            node.Dispose();
        }
#pragma warning restore CA5394
    }

    private static string? Current(Node node) => new FileInfo(node["/opt/slipway/kubernetes/current"]).LinkTarget;

    private static bool Is(Node node, Release release) => Current(node) == release.Version && File.Exists(node["/usr/lib/slipway/image.json"])
        && File.ReadAllText(node["/usr/lib/slipway/image.json"]).Contains($"\"kubernetes\": \"{release.Version}\"", StringComparison.Ordinal);

    /// <summary>Every file that is not ours to keep records in, at its final path, with its digest.</summary>
    private static List<string> Programs(Node node) => [.. node.Tree().Where(line => line.Contains(" file ", StringComparison.Ordinal)
        && !line.Contains(".slipway-", StringComparison.Ordinal) && !line.StartsWith("var/", StringComparison.Ordinal)
        && !line.StartsWith("opt/slipway/installed/", StringComparison.Ordinal) && !line.StartsWith("usr/lib/slipway/image.json", StringComparison.Ordinal))];

    private Call Install(Node node, Release release, LoopbackServer mirror) =>
        node.Call("install", "--kubernetes", release.Version, "--mirror", mirror.Url.AbsoluteUri, "--lock", Path.Join(locks, release.Version));
}
