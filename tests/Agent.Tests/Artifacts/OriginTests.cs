using System.Text;
using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>Servers that send us elsewhere, want to know who we are, or want to be left alone.</summary>
public sealed class OriginTests : IDisposable
{
    private static readonly byte[] Program = Archives.Noise(50_000, 1);
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("user:pass word", "Basic dXNlcjpwYXNzIHdvcmQ=")]
    [InlineData("a-token", "Bearer a-token")]
    public async Task Credentials_are_read_when_they_are_needed_and_go_to_their_server_alone(string secret, string header)
    {
        await using var store = new LoopbackServer((_, _) => new Reply(Program));
        await using var mirror = new LoopbackServer((path, _) => new Reply([]) { Status = 302, Headers = path == "/tool" ? "Location: /there\r\n" : $"Location: {store.Url}blob\r\n" });
        node.Put("/etc/slipway/secret", secret + "\n");
        await FetchAsync(new Origin.Web(Address(mirror.Url), new SecretRef.FromFile("/etc/slipway/secret")));
        Assert.Equal([header, header], mirror.Requests.Select(asked => asked["Authorization"]));
        Assert.Null(Assert.Single(store.Requests)["Authorization"]);
    }

    [Fact]
    public async Task Credentials_in_the_address_are_sent_and_never_shown()
    {
        await using var mirror = new LoopbackServer((_, count) => count == 1 ? new Reply([]) { Status = 503 } : new Reply(Program));
        await FetchAsync(new Origin.Web(Address(new Uri($"http://user:p%40ss@127.0.0.1:{mirror.Port}/")), null));
        Assert.All(mirror.Requests, asked => Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:p@ss")), asked["Authorization"]));
        Assert.DoesNotContain(node.Lines, line => line.Contains("p%40ss", StringComparison.Ordinal) || line.Contains("p@ss", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Credentials_that_cannot_be_read_cost_this_mirror_alone()
    {
        await using var first = new LoopbackServer((_, _) => new Reply(Program));
        await using var second = new LoopbackServer((_, _) => new Reply(Program));
        await FetchAsync(new Origin.Web(Address(first.Url), new SecretRef.FromFile("/nowhere")), new Origin.Web(Address(second.Url), null));
        Assert.Equal((0, 1), (first.Hits.Count, second.Hits.Count));
        Assert.Contains(node.Warnings, line => line.Contains("secret.unreadable", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Location: /tool\r\n", "in a circle")]
    [InlineData("Location: ftp://127.0.0.1/\r\n", "from http to ftp")]
    public async Task A_redirect_that_leads_nowhere_is_refused_at_once(string header, string why)
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply([]) { Status = 302, Headers = header });
        var failure = await FailAsync(new Origin.Web(Address(mirror.Url), null));
        Assert.Equal("http.refused", failure.Code);
        Assert.Contains(why, failure.What, StringComparison.Ordinal);
        Assert.Single(mirror.Hits);
    }

    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        await using var mirror = new LoopbackServer((path, _) => new Reply([]) { Status = 307, Headers = $"Location: {path}x\r\n" });
        Assert.Contains("after 10 redirects", (await FailAsync(new Origin.Web(Address(mirror.Url), null))).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_refused_and_a_stranger_is_not_trusted()
    {
        using var authority = Certificates.Authority("site");
        using var certificate = Certificates.Localhost(authority);
        await using var plain = new LoopbackServer((_, _) => new Reply(Program));
        await using var secure = new LoopbackServer((_, _) => new Reply([]) { Status = 302, Headers = $"Location: {plain.Url}tool\r\n" }, certificate: certificate);
        var origin = new Origin.Web(Address(secure.Url), null);
        Assert.Equal("http.untrusted", (await FailAsync(origin)).Code);
        var trusting = node.Host.Reaching(new Slipway.Hosting.Reach { TrustedCAs = authority.ExportCertificatePem() });
        var failure = await FailAsync(trusting, origin);
        Assert.Equal("http.refused", failure.Code);
        Assert.Contains("from https to http", failure.What, StringComparison.Ordinal);
        Assert.Empty(plain.Hits);
    }

    [Theory]
    [InlineData("Retry-After: 2\r\n")]
    [InlineData("Date: Sat, 01 Jan 2000 00:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2000 00:00:02 GMT\r\n")]
    public async Task Who_asks_for_a_pause_gets_it(string header)
    {
        await using var mirror = new LoopbackServer((_, count) => count == 1 ? new Reply([]) { Status = 429, Headers = header } : new Reply(Program));
        await FetchAsync(new Origin.Web(Address(mirror.Url), null));
        Assert.InRange(mirror.Requests[1].At - mirror.Requests[0].At, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Who_asks_for_a_longer_pause_than_there_is_time_is_given_up_at_once()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply([]) { Status = 503, Headers = "Retry-After: 3600\r\n" });
        var failure = await FailAsync(new Origin.Web(Address(mirror.Url), null));
        Assert.Equal("http.busy", failure.Code);
        Assert.Contains("asks to wait 3600 s", failure.What, StringComparison.Ordinal);
        Assert.Single(mirror.Hits);
    }

    [Fact]
    public async Task Another_mirror_is_asked_meanwhile()
    {
        await using var busy = new LoopbackServer((_, _) => new Reply([]) { Status = 429, Headers = "Retry-After: 15\r\n" });
        await using var shaky = new LoopbackServer((_, count) => count < 3 ? new Reply([]) { Status = 500 } : new Reply(Program));
        await FetchAsync(new Origin.Web(Address(busy.Url), null), new Origin.Web(Address(shaky.Url), null));
        Assert.Equal((1, 3), (busy.Hits.Count, shaky.Hits.Count));
    }

    [Fact]
    public async Task A_pause_is_counted_by_time_that_goes_by_and_not_by_the_time_of_day()
    {
        var clock = new SteppedClock();
        await using var mirror = new LoopbackServer((_, count) =>
        {
            clock.Back = TimeSpan.FromHours(count);
            return count == 1 ? new Reply([]) { Status = 429, Headers = "Retry-After: 1\r\n" } : new Reply(Program);
        });
        using var early = new Node(clock);
        await FetchAsync(early.Host, new Origin.Web(Address(mirror.Url), null));
        Assert.Equal(2, mirror.Hits.Count);
    }

    [Fact]
    public async Task Who_asked_for_a_pause_is_asked_again_although_another_mirror_has_failed_for_good_meanwhile()
    {
        await using var busy = new LoopbackServer((_, count) => count == 1 ? new Reply([]) { Status = 429, Headers = "Retry-After: 3\r\n" } : new Reply(Program));
        await using var shaky = new LoopbackServer((_, count) => count == 1 ? new Reply([]) { Status = 500 } : Reply.NotFound);
        await FetchAsync(new Origin.Web(Address(busy.Url), null), new Origin.Web(Address(shaky.Url), null));
        Assert.Equal((2, 2), (busy.Hits.Count, shaky.Hits.Count));
    }

    [Fact]
    public async Task A_download_is_told_in_one_line_with_its_fields()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program));
        await FetchAsync(new Origin.Web(Address(mirror.Url), null));
        var line = Assert.Single(node.Lines);
        Assert.Matches($@"^tool 1\.0: 0\.0 MiB in \d+\.\d s \(\d+\.\d MiB/s\) from {mirror.Url}tool$", line);
    }

    private static Url Address(Uri url) => Url.TryParse(url.AbsoluteUri, "http", "https")!;

    private Task<IReadOnlyList<StagedProgram>> FetchAsync(params Origin[] origins) => FetchAsync(node.Host, origins);

    private static Task<IReadOnlyList<StagedProgram>> FetchAsync(Slipway.Hosting.Host host, params Origin[] origins) => new Fetch(
        host, new Slipway.Artifacts.Artifact("tool", "1.0", "amd64", new Uri("https://upstream.example/tool"), Packing.Binary), Archives.Sha256(Program),
        Supplies.From(null) with { Origins = origins }).IntoAsync("/opt/.staging", Ct);

    private Task<Failure> FailAsync(params Origin[] origins) => FailAsync(node.Host, origins);

    private async Task<Failure> FailAsync(Slipway.Hosting.Host host, params Origin[] origins)
    {
        var thrown = await Assert.ThrowsAsync<FailureException>(() => FetchAsync(host, origins));
        Assert.DoesNotContain(TreeListing.Of(node.Root), line => line.Contains(" file ", StringComparison.Ordinal));
        return thrown.Failure;
    }

    /// <summary>The system's time, with a time of day that is set back.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        public TimeSpan Back { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - Back;
    }
}
