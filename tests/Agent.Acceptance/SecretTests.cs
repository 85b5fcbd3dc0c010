namespace Slipway.Acceptance;

/// <summary>A secret is nowhere but in the one private file that keeps it.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly Node node = new();
    private readonly Release release = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_token_is_never_said_and_lies_in_no_file_that_others_can_read()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        // As user data, which cloud-init keeps private itself: what we write is what counts here.
        node.Put("/etc/slipway/artifacts.lock", release.Lock);
        node.Put("/var/lib/cloud/instance/user-data.txt", Node.Config(mirror.Url), (UnixFileMode)0b110_000_000);
        var said = "";
        foreach (var call in (string[][])[["config", "check"], ["config", "show"], ["config", "show", "--output", "json"], ["plan"],
            ["plan", "--output", "json"], ["run", "--log-level", "debug"], ["run", "--log-level", "verbose"], ["status"], ["status", "--output", "json"]])
        {
            said += (await node.RunAsync(call)).Exits(0).All;
        }
        Assert.DoesNotContain("0123456789abcdef", said, StringComparison.Ordinal);
        Assert.Equal(["var/lib/cloud/instance/user-data.txt", "var/lib/slipway/config.json"], Holding());
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(node["/var/lib/slipway/config.json"]));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(node["/var/lib/slipway"]));
    }

    [Theory]
    [InlineData("token: [canary.0123456789abcdef]")]
    [InlineData("token: {fromFil: canary.0123456789abcdef}")]
    [InlineData("token: canary.0123456789abcdef.toolong")]
    [InlineData("token: canary.0123456789abcdef, token: canary.0123456789abcdef")]
    [InlineData("toke: canary.0123456789abcdef")]
    public async Task A_mistake_in_a_secret_does_not_tell_it(string field)
    {
        node.Configure(release, new Uri("http://127.0.0.1:1/"));
        var path = node["/etc/slipway/node.d/10-node.yaml"];
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, Ct)).Replace($"token: {Node.Token}", field, StringComparison.Ordinal), Ct);
        var said = (await node.RunAsync("config", "check")).Exits(78).All + (await node.RunAsync("run", "--log-level", "debug")).Exits(78).All;
        Assert.DoesNotContain("0123456789abcdef", said, StringComparison.Ordinal);
        Assert.Equal(["etc/slipway/node.d/10-node.yaml"], Holding());
    }

    [Fact]
    public async Task Credentials_in_a_mirror_are_not_told()
    {
        node.Configure(release, new Uri($"http://user:canarypass@127.0.0.1:{LoopbackServer.FreePort()}/"), "  timeouts: {download: 1s}");
        var said = (await node.RunAsync("run", "--log-level", "debug")).All + (await node.RunAsync("plan", "--output", "json")).All
            + (await node.RunAsync("config", "show")).All + (await node.RunAsync("status")).All;
        Assert.DoesNotContain("canarypass", said, StringComparison.Ordinal);
        Assert.DoesNotContain("canarypass", await File.ReadAllTextAsync(node["/run/slipway/status.json"], Ct), StringComparison.Ordinal);
    }

    private List<string> Holding() =>
    [
        .. Directory.EnumerateFiles(node.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(path => new FileInfo(path).LinkTarget is null && File.ReadAllText(path).Contains("0123456789abcdef", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(node.Root, path)).Order(StringComparer.Ordinal),
    ];
}
