namespace Slipway.Acceptance;

/// <summary>Mirrors that lie, fail, come back or serve a lot.</summary>
public sealed class MirrorTests : IDisposable
{
    private readonly Node node = new();
    private readonly Release release = new();

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("kubelet")]
    [InlineData("containerd-2.3.4-linux-amd64.tar.gz")]
    public async Task Bytes_that_nobody_vouches_for_are_refused_and_leave_nothing(string file)
    {
        var wrong = "<html>Please log in</html>"u8.ToArray();
        release.Spoil(file, wrong);
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
        (await node.RunAsync("run")).Exits(1).Says("artifact.digest-mismatch").Says(Archives.Sha256(wrong)).Says(release.PathOf(file)).Says("Fix:");
        Assert.DoesNotContain(node.Tree(), line => line.Contains(" file ", StringComparison.Ordinal) && line.StartsWith("opt/", StringComparison.Ordinal)
            && line.Contains(file.Split('-')[0], StringComparison.Ordinal));
        Assert.Empty(node.Leftovers());
        // Permanent: asked for once.
        Assert.Single(mirror.Hits, release.PathOf(file));
    }

    [Fact]
    public async Task A_mirror_that_is_down_and_comes_back_in_time_costs_only_time()
    {
        var port = LoopbackServer.FreePort();
        node.Configure(release, new Uri($"http://127.0.0.1:{port}/"));
        using var running = Agent.Start(node.Call("run"));
        await running.SaysAsync("attempt 2 failed (http.unreachable");
        await using var mirror = new LoopbackServer((path, _) => release.Get(path), port);
        (await running.EndAsync()).Exits(0).Says("next in");
    }

    [Fact]
    public async Task A_mirror_that_stays_down_is_given_up_at_the_deadline()
    {
        node.Configure(release, new Uri($"http://127.0.0.1:{LoopbackServer.FreePort()}/"), "  timeouts: {download: 3s}");
        (await node.RunAsync("run")).Exits(75).Says("http.unreachable").Says("gave up after");
        Assert.Empty(node.Leftovers());
    }

    [Fact]
    public async Task A_mirror_that_drips_is_given_up_at_the_deadline_too()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path) with { BytesPerSecond = 200 });
        node.Configure(release, mirror.Url, "  timeouts: {download: 3s}");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        (await node.RunAsync("run")).Exits(75).Says("http.too-slow");
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        Assert.Empty(node.Leftovers());
    }

    [Fact]
    public async Task The_memory_stays_flat_whatever_the_size_of_an_artifact()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/time"), "measures the peak with /usr/bin/time, which is not installed");
        const long Size = 300L << 20;
        var digest = await BigDigestAsync(Size);
        var kubelet = release.PathOf("/kubelet");
        await using var mirror = new LoopbackServer((path, _) => path == kubelet ? new Reply(() => new BigBody(Size), Size) : release.Get(path));
        node.Configure(release, mirror.Url);
        var small = Archives.Sha256(Archives.Noise(20_000, 9));
        node.Put("/etc/slipway/artifacts.lock", release.Lock.Replace(small, digest, StringComparison.Ordinal));
        var outcome = (await Agent.RunAsync(node.Call("run") with { Through = ["/usr/bin/time", "-f", "peak %M"] })).Exits(0);
        var peak = int.Parse(outcome.Error.Split("peak ")[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(peak, 1, 80 * 1024);
    }

    private static async Task<string> BigDigestAsync(long size)
    {
        using var body = new BigBody(size);
        return Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(body, Ct));
    }

    /// <summary>Many bytes that need no memory.</summary>
    private sealed class BigBody(long size) : Stream
    {
        private long at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get => at; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, size - at);
            buffer[..count].Fill((byte)(at >> 16));
            at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
