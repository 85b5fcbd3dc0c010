using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>What was accepted once is kept, and counts where the source has nothing any more; never for another instance.</summary>
public sealed class AcceptedConfigTests : IAsyncDisposable
{
    private const string Saved = "/var/lib/slipway/config.json";
    private const string Seed = "/var/lib/cloud/seed/nocloud";
    private const string Machine = "/sys/class/dmi/id/product_uuid";
    private readonly Node node = new();
    private readonly LoopbackServer mirror;

    public AcceptedConfigTests()
    {
        var release = new Release();
        mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Put("/etc/slipway/artifacts.lock", release.Lock);
        node.Put(Machine, "11111111-0000-0000-0000-000000000000\n");
        PutSeed("i-1", Node.Config(mirror.Url));
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        node.Dispose();
    }

    [Fact]
    public async Task It_is_saved_for_root_alone_with_source_instance_and_digest()
    {
        (await node.RunAsync("run")).Exits(0).Says("configuration from nocloud:");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(node[Saved]));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(node[Saved], Ct));
        Assert.Equal("nocloud:", json.RootElement.GetProperty("source").GetString());
        Assert.Equal("i-1", json.RootElement.GetProperty("instance").GetProperty("id").GetString());
        Assert.Equal("11111111-0000-0000-0000-000000000000", json.RootElement.GetProperty("instance").GetProperty("machine").GetString());
        Assert.Matches("^[0-9a-f]{64}$", json.RootElement.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task A_later_boot_goes_on_with_it_when_the_source_has_nothing_any_more()
    {
        (await node.RunAsync("run")).Exits(0);
        Directory.Delete(node[Seed], recursive: true);
        (await node.RunAsync("run", "--if-configured")).Exits(0).Says("going on with the configuration accepted before, from nocloud:").Says("prepared: 0 changed");
    }

    [Fact]
    public async Task Drop_ins_alone_do_not_take_its_place()
    {
        node.Put("/etc/slipway/node.d/10-labels.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {labels: {rack: b2}}}\n");
        (await node.RunAsync("run")).Exits(0);
        Directory.Delete(node[Seed], recursive: true);
        (await node.RunAsync("run")).Exits(0).Says("nocloud: has no configuration any more").Says("prepared: 0 changed");
    }

    [Fact]
    public async Task The_live_source_wins_over_it()
    {
        (await node.RunAsync("run")).Exits(0);
        PutSeed("i-1", Node.Config(mirror.Url, "  system: {modules: [dummy]}"));
        (await node.RunAsync("run")).Exits(0).Says("configuration from nocloud:").Says("1 changed");
        Assert.Contains("dummy", await File.ReadAllTextAsync(node[Saved], Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_instance_starts_afresh()
    {
        (await node.RunAsync("run")).Exits(0);
        PutSeed("i-2", Node.Config(mirror.Url));
        (await node.RunAsync("run")).Exits(0).Says("this is another instance (i-2)").Says("starting afresh");
        Assert.Contains("\"i-2\"", await File.ReadAllTextAsync(node[Saved], Ct), StringComparison.Ordinal);
        (await node.RunAsync("run")).Exits(0).DoesNotSay("starting afresh");
    }

    [Fact]
    public async Task A_clone_without_a_configuration_of_its_own_does_not_get_the_originals()
    {
        (await node.RunAsync("run")).Exits(0);
        Directory.Delete(node[Seed], recursive: true);
        node.Put(Machine, "22222222-0000-0000-0000-000000000000\n");
        (await node.RunAsync("run")).Exits(78).Says("config.absent");
        // The original's secrets are not the clone's to keep.
        Assert.False(File.Exists(node[Saved]));
        (await node.RunAsync("run", "--if-configured")).Exits(0).Says("nothing to do");
    }

    [Fact]
    public async Task A_source_that_is_malformed_is_not_passed_over_for_it()
    {
        (await node.RunAsync("run")).Exits(0);
        PutSeed("i-1", Node.Config(mirror.Url) + "  nod: {}\n");
        (await node.RunAsync("run")).Exits(78).Says("config.unknown-field");
    }

    [Fact]
    public async Task A_saved_configuration_that_this_version_cannot_read_is_neither_passed_over_nor_thrown_away()
    {
        (await node.RunAsync("run")).Exits(0);
        var newer = (await File.ReadAllTextAsync(node[Saved], Ct)).Replace("\"schemaVersion\":1", "\"schemaVersion\":2", StringComparison.Ordinal);
        node.Put(Saved, newer);
        Directory.Delete(node[Seed], recursive: true);
        (await node.RunAsync("run", "--if-configured")).Exits(78).Says("config.saved-unreadable");
        Assert.Equal(newer, await File.ReadAllTextAsync(node[Saved], Ct));
    }

    [Fact]
    public async Task A_whole_configuration_in_the_operators_folder_does_take_its_place()
    {
        (await node.RunAsync("run")).Exits(0);
        Directory.Delete(node[Seed], recursive: true);
        node.Put("/etc/slipway/node.d/10-node.yaml", Node.Config(mirror.Url, "  system: {modules: [dummy]}"));
        (await node.RunAsync("run")).Exits(0).Says("configuration from file:///etc/slipway/node.d").Says("1 changed");
    }

    [Fact]
    public async Task A_source_that_refuses_for_good_does_not_take_it_away()
    {
        (await node.RunAsync("run")).Exits(0);
        await using var server = new LoopbackServer((_, _) => new Reply([]) { Status = 403 });
        Directory.Delete(node[Seed], recursive: true);
        node.Put("/proc/cmdline", $"ds=nocloud;s={server.Url}seed/\n");
        node.Put("/etc/slipway/slipway.yaml", "wait: 1s\n");
        (await node.RunAsync("run")).Exits(0).Says("going on with the configuration accepted before");
    }

    private void PutSeed(string instance, string userData)
    {
        node.Put($"{Seed}/meta-data", $"instance-id: {instance}\n");
        node.Put($"{Seed}/user-data", userData);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}
