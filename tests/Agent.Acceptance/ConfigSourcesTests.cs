using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>config sources: every source with its state, its reason, and the chosen one; and each local source found from a root directory.</summary>
public sealed class ConfigSourcesTests : IDisposable
{
    private static readonly string Config = Node.Config(new Uri("http://127.0.0.1:1/"));
    private readonly Node node = new();

    public ConfigSourcesTests() => node.Put("/etc/slipway/artifacts.lock", new Release().Lock);

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("credential:slipway.config", "/run/credentials/@system/slipway.config")]
    [InlineData("cloud-init:", "/var/lib/cloud/instance/user-data.txt")]
    [InlineData("nocloud:", "/var/lib/cloud/seed/nocloud/user-data")]
    [InlineData("nocloud:", "/media/seed/user-data")]
    [InlineData("configdrive:", "/var/lib/cloud/seed/config_drive/openstack/latest/user_data")]
    [InlineData("configdrive:", "/var/lib/cloud/seed/config_drive/ec2/latest/user-data")]
    [InlineData("fwcfg:", "/sys/firmware/qemu_fw_cfg/by_name/opt/slipway/config/raw")]
    public async Task A_source_is_found_and_chosen_where_its_platform_puts_it(string name, string path)
    {
        node.Put(path, Config);
        var folder = Path.GetDirectoryName(path)!;
        foreach (var file in (string[])["meta-data", "meta_data.json", "meta-data.json"])
        {
            node.Put($"{folder}/{file}", "{}");
        }
        node.Put($"{folder}/size", $"{System.Text.Encoding.UTF8.GetByteCount(Config)}\n");
        if (folder == "/media/seed")
        {
            node.Put("/proc/cmdline", "quiet ds=nocloud;s=/media/seed/\n");
        }
        var listed = (await node.RunAsync("config", "sources", "--output", "json")).Exits(0).Json;
        Assert.Equal(1, listed.GetProperty("schemaVersion").GetInt32());
        Assert.Equal((name, "found"), Assert.Single(Chosen(listed)));
        (await node.RunAsync("config", "check")).Exits(0).Says($"from {name}").Says("worker-7");
    }

    [Fact]
    public async Task A_source_has_one_of_six_states_and_a_reason()
    {
        node.Put("/proc/cmdline", "slipway.config.device=cidata\n");
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        var outcome = (await node.RunAsync("config", "sources")).Exits(0);
        foreach (var line in (string[])["malformed", "absent", "found", "not-for-this-platform", "not-asked", "run would stop: cmdline: is malformed"])
        {
            outcome.Says(line);
        }
        Assert.DoesNotContain(Node.Token, outcome.All, StringComparison.Ordinal);
        (await node.RunAsync("config", "check")).Exits(78).Says("config.kernel-line");
    }

    [Fact]
    public async Task A_mistake_in_the_settings_stops_run_and_nothing_is_chosen()
    {
        node.Put("/etc/slipway/slipway.yaml", "sorces: [cloud-init]\n");
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        (await node.RunAsync("config", "sources")).Exits(78).Says("slipway.yaml:1:1: sorces").Says("run would stop: 1 mistake in /etc/slipway/slipway.yaml");
        var listed = (await node.RunAsync("config", "sources", "--output", "json")).Exits(78).Json;
        Assert.Empty(Chosen(listed));
        Assert.Equal(("config.unknown-field", 1), (listed.GetProperty("problems")[0].GetProperty("code").GetString(), listed.GetProperty("problems")[0].GetProperty("line").GetInt32()));
        node.Put("/etc/slipway/slipway.yaml", "");
        Assert.Empty((await node.RunAsync("config", "sources", "--output", "json")).Exits(0).Json.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task A_seed_server_that_is_down_is_unreachable_and_does_not_keep_the_list_waiting()
    {
        node.Put("/proc/cmdline", "ds=nocloud-net;s=http://127.0.0.1:1/\n");
        (await node.RunAsync("config", "sources")).Exits(0).Says("unreachable").Says("no source is chosen");
        (await node.RunAsync("config", "check")).Exits(75).Says("http.unreachable");
    }

    [Fact]
    public async Task The_order_of_the_settings_replaces_the_platform_s()
    {
        node.Put("/etc/slipway/slipway.yaml", "sources: [nocloud, cloud-init]\n");
        node.Put("/run/credentials/@system/slipway.config", Config);
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        var listed = (await node.RunAsync("config", "sources", "--output", "json")).Exits(0).Json;
        Assert.Equal(("cloud-init:", "found"), Assert.Single(Chosen(listed)));
        Assert.Equal("/etc/slipway/slipway.yaml", listed.GetProperty("decidedBy").GetString());
    }

    [Fact]
    public async Task Listing_changes_nothing()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        var before = node.Tree();
        (await node.RunAsync("config", "sources")).Exits(0);
        Assert.Equal(before, node.Tree());
    }

    [Fact]
    public async Task An_unknown_source_is_a_usage_error_that_lists_the_known_ones() =>
        (await node.RunAsync("config", "sources", "--config-source", "floppy:")).Exits(64).Says("configdrive:").Says("credential:NAME");

    private static IEnumerable<(string?, string?)> Chosen(JsonElement listed) =>
        from source in listed.GetProperty("sources").EnumerateArray()
        where source.GetProperty("chosen").GetBoolean()
        select (source.GetProperty("name").GetString(), source.GetProperty("state").GetString());
}
