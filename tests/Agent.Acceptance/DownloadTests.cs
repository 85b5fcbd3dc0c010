namespace Slipway.Acceptance;

/// <summary>Downloads that are cut off with the whole process, whole fleets of them, and what a terminal shows.</summary>
public sealed class DownloadTests : IDisposable
{
    private const int Size = 6_000_000;
    private readonly Node node = new();
    private readonly Release release = new();
    private readonly byte[] kubelet = Archives.Noise(Size, 9);

    public DownloadTests() => release.Replace("/kubelet", kubelet);

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(3_500_000)]
    [InlineData(5_900_000)]
    public async Task What_a_killed_run_had_downloaded_is_not_downloaded_again(int until)
    {
        var path = release.PathOf("/kubelet");
        await using var mirror = new LoopbackServer((asked, count) => release.Get(asked) with
        {
            Tag = "\"a\"",
            CutAfter = asked == path && count == 1 ? until : null,
            Silent = asked == path && count == 1,
        });
        node.Configure(release, mirror.Url);
        using (var running = Agent.Start(node.Call("run")))
        {
            while (mirror.Requests.FirstOrDefault(asked => asked.Path == path) is not { } asked || asked.Sent < until)
            {
                await Task.Delay(10, Ct);
            }
            // What has arrived is given the time that a busy machine may need to look at it.
            await Task.Delay(500, Ct);
            running.Kill();
            await running.EndAsync();
        }
        (await node.RunAsync("run")).Exits(0);
        Assert.InRange(mirror.Requests.Where(asked => asked.Path == path).Sum(asked => asked.Sent), Size, Size + (1 << 20));
        Assert.Equal(Archives.Sha256(kubelet), Archives.Sha256(File.ReadAllBytes(node[$"/opt/slipway/kubernetes/{Release.Kubernetes}/bin/kubelet"])));
        Assert.False(Directory.Exists(node["/var/lib/slipway/cache"]));
        Assert.Empty(node.Leftovers());
    }

    [Fact]
    public async Task A_mirror_that_asks_for_a_pause_is_given_it()
    {
        var path = release.PathOf("/kubelet");
        await using var mirror = new LoopbackServer((asked, count) => asked == path && count == 1 ? new Reply([]) { Status = 429, Headers = "Retry-After: 3\r\n" } : release.Get(asked));
        node.Configure(release, mirror.Url);
        (await node.RunAsync("run")).Exits(0).Says("http.busy");
        var times = mirror.Requests.Where(asked => asked.Path == path).Select(asked => asked.At).ToList();
        Assert.InRange(times[1] - times[0], TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Every_file_is_one_line_where_nobody_looks_and_a_bar_where_somebody_does()
    {
        await using var mirror = new LoopbackServer((asked, _) => release.Get(asked) with { BytesPerSecond = asked == release.PathOf("/kubelet") ? Size : null });
        node.Configure(release, mirror.Url);
        var quiet = (await node.RunAsync("run")).Exits(0);
        Assert.Equal(7, quiet.Error.Split('\n').Count(line => line.Contains(" MiB in ", StringComparison.Ordinal)));
        quiet.Says($"kubelet {Release.Kubernetes}: 5.7 MiB in ").DoesNotSay("\e[");
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "a terminal is made by script(1), which is not installed");
        using var other = new Node();
        other.Configure(release, mirror.Url);
        var call = other.Call("run");
        var seen = (await Agent.RunAsync(new Call("-qec", $"'{Agent.Path}' {string.Join(' ', call.Arguments)}", "/dev/null") { Program = "/usr/bin/script", Environment = new Dictionary<string, string> { ["TERM"] = "xterm" } })).Exits(0);
        Assert.Matches($@"kubelet {Release.Kubernetes} +\[=+ +\] +\d+% ", seen.Out);
        seen.Says($"kubelet {Release.Kubernetes}: 5.7 MiB in ");
    }

    [Fact]
    public async Task A_fleet_outlives_its_mirror_and_does_not_come_back_as_one()
    {
        const int Nodes = 12;
        var port = LoopbackServer.FreePort();
        var nodes = Enumerable.Range(0, Nodes).Select(_ => new Node()).ToList();
        try
        {
            nodes.ForEach(each => each.Configure(release, new Uri($"http://127.0.0.1:{port}/")));
            List<Running> running;
            await using (var first = new LoopbackServer((asked, _) => release.Get(asked) with { Tag = "\"a\"", CutAfter = asked == release.PathOf("/kubelet") ? 1_000_000 : null }, port))
            {
                running = [.. nodes.Select(each => Agent.Start(each.Call("run")))];
                await Task.WhenAll(running.Select(each => each.SaysAsync("attempt 1 failed (http.unreachable")));
            }
            await Task.Delay(2000, Ct);
            await using var second = new LoopbackServer((asked, _) => release.Get(asked) with { Tag = "\"a\"" }, port);
            foreach (var each in running)
            {
                (await each.EndAsync()).Exits(0);
                each.Dispose();
            }
            var back = second.Requests.Where(asked => asked.Path == release.PathOf("/kubelet")).Select(asked => asked.At).Order().ToList();
            Assert.InRange(back[^1] - back[0], TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));
        }
        finally
        {
            nodes.ForEach(each => each.Dispose());
        }
    }
}
