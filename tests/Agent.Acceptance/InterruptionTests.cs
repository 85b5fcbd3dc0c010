using System.Diagnostics;

namespace Slipway.Acceptance;

/// <summary>Killed at any instant, the next run finishes; and no half-written file is ever at its final path.</summary>
public sealed class InterruptionTests : IDisposable
{
    private const int Kills = 16;
    private const int MostRuns = 120;
    private readonly Node golden = new();
    private readonly Node node = new();
    private readonly Release release = new(120_000);

    public void Dispose()
    {
        golden.Dispose();
        node.Dispose();
    }

    [Fact]
    public async Task Killed_at_random_instants_it_still_ends_as_if_it_had_never_been_killed()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        golden.Configure(release, mirror.Url);
        var clock = Stopwatch.StartNew();
        (await golden.RunAsync("run")).Exits(0);
        var whole = golden.Tree();
        var took = clock.Elapsed;

        // Fast and slow by turns: the kills land in the downloads, between the changes, and after them.
        var (slow, interrupted) = (false, 0);
        await using var throttled = new LoopbackServer((path, _) => release.Get(path) with { BytesPerSecond = slow ? 800_000 : null }, port: 0);
        node.Configure(release, mirror.Url);
        await File.WriteAllTextAsync(node["/etc/slipway/node.d/20-mirror.yaml"],
            $"apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {{artifacts: {{mirrors: [\"{throttled.Url}\"]}}}}\n", Ct);
#pragma warning disable CA5394 // Reproducible, not secret.
        var random = new Random(20260);
        // A kill that comes after the end proves nothing: how many do depends on how busy the machine is.
        for (var kill = 0; interrupted < Kills && kill < MostRuns; kill++)
        {
            slow = kill % 3 == 0;
            bool done;
            using (var running = Agent.Start(node.Call("run")))
            {
                await running.SaysAsync("slipway 0.");
                // The instant itself is what is random; nothing is waited for.
                await Task.Delay(took * (random.NextDouble() * (slow ? 2 : 0.9)), Ct);
                running.Kill();
                done = (await running.EndAsync()).ExitCode == 0;
                interrupted += done ? 0 : 1;
            }
            NothingIsHalfWritten(whole);
            if (done || kill % 7 == 6)
            {
                // From the start again: a run that has nothing to do cannot be cut off.
                foreach (var folder in (string[])["/opt", "/usr", "/etc/containerd", "/etc/systemd"])
                {
                    if (Directory.Exists(node[folder]))
                    {
                        Directory.Delete(node[folder], recursive: true);
                    }
                }
            }
        }
#pragma warning restore CA5394
        Assert.True(interrupted == Kills, $"only {interrupted} of {MostRuns} runs were still at work when they were killed");
        slow = false;
        (await node.RunAsync("run")).Exits(0);
        Assert.Equal(Comparable(whole), Comparable(node.Tree()));
        Assert.Empty(node.Leftovers());
    }

    [Fact]
    public async Task SIGTERM_ends_it_at_a_safe_point_with_a_word_and_a_code()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path) with { BytesPerSecond = 20_000 });
        node.Configure(release, mirror.Url);
        using var running = Agent.Start(node.Call("run"));
        await running.SaysAsync("containerd");
        Process.Start("kill", ["-TERM", $"{running.Id}"]).WaitForExit();
        (await running.EndAsync()).Exits(75).Says("run.interrupted");
        Assert.Empty(node.Leftovers());
    }

    [Fact]
    public async Task A_second_instance_is_told_who_is_at_work_and_a_killed_one_holds_nothing()
    {
        await using var mirror = new LoopbackServer((path, count) => release.Get(path) with { BytesPerSecond = count == 1 ? 20_000 : null });
        node.Configure(release, mirror.Url);
        using var first = Agent.Start(node.Call("run"));
        await first.SaysAsync("containerd:");
        (await node.RunAsync("run")).Exits(75).Says("lock.held").Says($"pid {first.Id}");
        // Looking is free.
        (await node.RunAsync("plan")).Exits(0);
        (await node.RunAsync("status")).Exits(0);
        first.Kill();
        await first.EndAsync();
        (await node.RunAsync("run")).Exits(0);
    }

    private void NothingIsHalfWritten(IReadOnlyList<string> whole)
    {
        var expected = Comparable(whole).ToDictionary(line => line.Split(' ')[0]);
        foreach (var line in Comparable(node.Tree()).Where(line => line.Contains(" file ", StringComparison.Ordinal)))
        {
            var path = line.Split(' ')[0];
            // Downloads that a later run goes on with lie where nothing looks for programs; what is being put in place is on record until it is.
            if (!path.Contains(".slipway-", StringComparison.Ordinal) && !path.StartsWith("var/lib/slipway/cache/", StringComparison.Ordinal)
                && !path.EndsWith(".pending", StringComparison.Ordinal))
            {
                Assert.True(expected.TryGetValue(path, out var same) && same == line, $"half-written, or not ours: {line}");
            }
        }
    }

    /// <summary>Without what differs between the two nodes: their configurations and what was saved of them.</summary>
    private static IEnumerable<string> Comparable(IReadOnlyList<string> tree) => tree.Where(line =>
        !line.StartsWith("etc/slipway", StringComparison.Ordinal) && !line.StartsWith("var/lib/slipway/config.json", StringComparison.Ordinal));
}
