using Slipway.Config;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>A source that cannot be reached is asked again for a while, and only where somebody waits for it.</summary>
public sealed class PatienceTests : IAsyncLifetime
{
    private const string Token = "/latest/api/token";
    private const string Document = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: late}}\n";
    private readonly Node node = new();
    private readonly Slipway.Lab.Imds imds = new();

    public ValueTask InitializeAsync()
    {
        imds.Content["/latest/user-data"] = System.Text.Encoding.UTF8.GetBytes(Document);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        node.Dispose();
        await imds.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_fails_twice_and_then_answers_is_found_and_each_retry_told(bool named)
    {
        imds.Add(new ImdsFault(Token, 500));
        imds.Add(new ImdsFault(Token, 503));
        var found = Assert.IsType<Gathered.Found>(await GatherAsync(TimeSpan.FromSeconds(30), named));
        Assert.Equal("imds:", found.Source);
        var retries = node.Lines.Where(line => line.Contains("attempt", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, retries.Count);
        Assert.Contains("HTTP 500", retries[0], StringComparison.Ordinal);
        Assert.Contains("HTTP 503", retries[1], StringComparison.Ordinal);
        // What was told of each pass is told of the last one only.
        Assert.DoesNotContain(found.NotChosen, why => why.StartsWith("imds:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_does_not_wait_asks_once(bool named)
    {
        imds.Add(new ImdsFault(Token, 500));
        Assert.Equal("http.busy", Assert.IsType<Gathered.Failed>(await GatherAsync(default, named)).Failure.Code);
        Assert.Single(imds.Asked);
    }

    [Fact]
    public async Task When_the_time_is_over_the_last_cause_is_told()
    {
        for (var more = 0; more < 100; more++)
        {
            imds.Add(new ImdsFault(Token, 500));
        }
        var failure = Assert.IsType<Gathered.Failed>(await GatherAsync(TimeSpan.FromSeconds(2), named: true)).Failure;
        Assert.Equal("http.busy", failure.Code);
        Assert.Contains("gave up after", failure.What, StringComparison.Ordinal);
        Assert.InRange(imds.Asked.Count, 2, 6);
    }

    [Fact]
    public async Task What_will_not_pass_is_not_asked_again()
    {
        imds.Add(new ImdsFault(Token, 403));
        Assert.Equal("imds.refused", Assert.IsType<Gathered.Failed>(await GatherAsync(TimeSpan.FromSeconds(30), named: true)).Failure.Code);
        Assert.Single(imds.Asked);
    }

    [Fact]
    public async Task What_the_settings_name_is_not_passed_over_though_a_later_source_has_data()
    {
        TearCopiesAndSeed();
        var settings = new Settings { Sources = ["cloud-init:", "nocloud:"] };
        Assert.Equal("config.source-unreadable", Assert.IsType<Gathered.Failed>(await new Gather(Host(), Wanted.Facts, settings).AllAsync([], Ct)).Failure.Code);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task What_the_kernel_line_names_is_waited_for_though_a_later_source_has_data(int status)
    {
        var (body, asked) = (System.Text.Encoding.UTF8.GetBytes(Document), 0);
        await using var server = new LoopbackServer((_, _) => Interlocked.Increment(ref asked) < 3 ? Reply.NotFound with { Status = status } : new Reply(body));
        node.Put("/proc/cmdline", $"slipway.config.url={server.Url}c#sha256={Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(body))}\n");
        node.Put("/var/lib/cloud/instance/user-data.txt", Document);
        var failure = Assert.IsType<Gathered.Failed>(await new Gather(Host(), Wanted.Facts).AllAsync([], Ct)).Failure;
        Assert.Equal(Slipway.Reporting.ExitCode.RetryLater, failure.ExitCode);
        Assert.Equal("cmdline:", Assert.IsType<Gathered.Found>(
            await new Gather(Host(), Wanted.Facts) { Wait = TimeSpan.FromSeconds(30) }.AllAsync([], Ct)).Source);
    }

    [Fact]
    public async Task What_the_platform_merely_may_have_is_passed_over_with_a_warning()
    {
        TearCopiesAndSeed();
        var found = Assert.IsType<Gathered.Found>(await new Gather(Host(), Wanted.Facts) { Wait = TimeSpan.FromSeconds(30) }.AllAsync([], Ct));
        Assert.Equal("nocloud:", found.Source);
        Assert.Single(node.Lines, line => line.Contains("could not be asked", StringComparison.Ordinal) && line.Contains("cut short", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standard_input_is_not_read_a_second_time_because_another_source_is_late()
    {
        imds.Add(new ImdsFault(Token, 500));
        var first = new Counted();
        var host = Host();
        var gathered = await new Gather(host, Wanted.Facts) { Wait = TimeSpan.FromSeconds(30) }.AllAsync([first, new ImdsSource()], Ct);
        Assert.Equal("counted: + imds:", Assert.IsType<Gathered.Found>(gathered).Source);
        Assert.Equal(1, first.Reads);
    }

    [Fact]
    public async Task A_server_that_trickles_does_not_hold_an_attempt_much_longer_than_the_wait()
    {
        using var slow = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        slow.Start();
        using var done = new CancellationTokenSource();
        var trickle = Task.Run(async () =>
        {
            using var client = await slow.AcceptTcpClientAsync(done.Token);
            var stream = client.GetStream();
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), done.Token);
            while (true)
            {
                await stream.WriteAsync("x"u8.ToArray(), done.Token);
                await Task.Delay(500, done.Token);
            }
        }, Ct);
        node.Put("/proc/cmdline", $"slipway.config.url=http://{slow.LocalEndpoint}/c#sha256={new string('0', 64)}\n");
        var asked = new Gather(Host(), Wanted.Facts) { Wait = TimeSpan.FromSeconds(1) }.AllAsync([], Ct);
        var failure = Assert.IsType<Gathered.Failed>(await asked.WaitAsync(TimeSpan.FromSeconds(30), Ct)).Failure;
        Assert.Equal("http.unreachable", failure.Code);
        await done.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => trickle);
    }

    private void TearCopiesAndSeed()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt.i", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n");
        foreach (var (file, text) in ((string, string)[])[("meta-data", "{}"), ("user-data", Document)])
        {
            node.Put($"/var/lib/cloud/seed/nocloud/{file}", text);
        }
    }

    private Task<Gathered> GatherAsync(TimeSpan wait, bool named)
    {
        return new Gather(Host(), Wanted.Facts with { SystemVendor = named ? "" : "Amazon EC2" }) { Wait = wait }.AllAsync(named ? [new ImdsSource()] : [], Ct);
    }

    private Host Host() => new()
    {
        Files = node.Files,
        Processes = node.Host.Processes,
        Services = node.Host.Services,
        Http = node.Host.Http,
        Clock = node.Host.Clock,
        Log = node.Host.Log,
        Aws = new AwsEnvironment { MetadataEndpoint = imds.Address },
    };

    private sealed record Counted() : ConfigSource("counted:")
    {
        public int Reads { get; private set; }

        public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
        {
            Reads++;
            return Task.FromResult(Decode(System.Text.Encoding.UTF8.GetBytes(Document), null, "counted"));
        }
    }
}
