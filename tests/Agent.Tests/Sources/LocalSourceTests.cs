using System.Text;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>Each local source has three outcomes that are told apart: nothing there, not to be asked, broken.</summary>
public sealed class LocalSourceTests : IDisposable
{
    private const string Entry = "/sys/firmware/qemu_fw_cfg/by_name/opt/slipway/config";
    private const string Drive = "/var/lib/cloud/seed/config_drive";
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("nocloud:")]
    [InlineData("configdrive:")]
    [InlineData("fwcfg:")]
    [InlineData("credential:slipway.config")]
    [InlineData("cmdline:")]
    [InlineData("cloud-init:")]
    public async Task A_source_without_anything_is_absent_and_says_why(string name) =>
        Assert.NotEmpty(Assert.IsType<SourceResult.Absent>(await AskAsync(name)).Why);

    [Theory]
    [InlineData("fwcfg:/etc/passwd")]
    [InlineData("fwcfg:opt/../../x")]
    [InlineData("credential:")]
    [InlineData("credential:..")]
    [InlineData("credential:a/b")]
    public void A_name_that_leads_elsewhere_is_no_source(string name) =>
        Assert.Equal("usage.unknown-source", Assert.Throws<Slipway.Reporting.FailureException>(() => ConfigSource.Parse(name)).Failure.Code);

    [Fact]
    public async Task Vendor_data_comes_before_user_data()
    {
        Seed("user", "meta-key: 1");
        node.Put("/var/lib/cloud/seed/nocloud/vendor-data", "vendor");
        Assert.Equal(["vendor", "user"], Texts(await AskAsync("nocloud:")));
    }

    [Fact]
    public async Task Metadata_that_cannot_be_read_is_malformed()
    {
        Seed("user", "a: [");
        Assert.Equal("config.syntax", Assert.IsType<SourceResult.Malformed>(await AskAsync("nocloud:")).Failure.Code);
    }

    [Fact]
    public async Task User_data_without_metadata_is_no_seed()
    {
        node.Put("/var/lib/cloud/seed/nocloud/user-data", "user");
        Assert.IsType<SourceResult.Absent>(await AskAsync("nocloud:"));
    }

    [Fact]
    public async Task Empty_metadata_will_do()
    {
        Seed("user", "");
        Assert.IsType<SourceResult.Found>(await AskAsync("nocloud:"));
    }

    [Theory]
    [InlineData("2018-08-27")]
    [InlineData("latest")]
    public async Task A_config_drive_gives_vendor_data_user_data_and_who_the_machine_is(string version)
    {
        node.Put($"{Drive}/openstack/{version}/meta_data.json", """{"uuid": "u-1", "hostname": "w1.example", "name": "w1"}""");
        node.Put($"{Drive}/openstack/{version}/user_data", "user");
        node.Put($"{Drive}/openstack/{version}/vendor_data.json", """{"cloud-init": "vendor", "static": {"cloud-init": "no"}}""");
        node.Put($"{Drive}/openstack/{version}/vendor_data2.json", """{"cloud-init": ["second", "third"]}""");
        var found = Assert.IsType<SourceResult.Found>(await AskAsync("configdrive:"));
        Assert.Equal(["vendor", "second", "third", "user"], Texts(found));
        Assert.Equal(("u-1", "w1.example"), (found.Instance.InstanceId, found.Instance.LocalHostname));
    }

    [Fact]
    public async Task The_newest_known_version_of_a_config_drive_counts()
    {
        foreach (var version in (string[])["2012-08-10", "2017-02-22", "latest", "2099-01-01"])
        {
            node.Put($"{Drive}/openstack/{version}/meta_data.json", "{}");
            node.Put($"{Drive}/openstack/{version}/user_data", version);
        }
        Assert.Equal(["2017-02-22"], Texts(await AskAsync("configdrive:")));
    }

    [Fact]
    public async Task A_config_drive_of_the_ec2_layout_is_read()
    {
        node.Put($"{Drive}/ec2/latest/meta-data.json", """{"instance-id": "i-9", "local-hostname": "w9"}""");
        node.Put($"{Drive}/ec2/latest/user-data", "user");
        var found = Assert.IsType<SourceResult.Found>(await AskAsync("configdrive:"));
        Assert.Equal(("i-9", "w9"), (found.Instance.InstanceId, found.Instance.LocalHostname));
    }

    [Theory]
    [InlineData("meta_data.json", "{", "config.syntax")]
    [InlineData("vendor_data.json", "{", "config.syntax")]
    [InlineData("meta_data.json", null, "config.source-unreadable")]
    public async Task A_damaged_config_drive_is_malformed(string file, string? content, string code)
    {
        node.Put($"{Drive}/openstack/latest/meta_data.json", "{}");
        node.Put($"{Drive}/openstack/latest/user_data", "user");
        if (content is null)
        {
            File.Delete(node[$"{Drive}/openstack/latest/{file}"]);
        }
        else
        {
            node.Put($"{Drive}/openstack/latest/{file}", content);
        }
        Assert.Equal(code, Assert.IsType<SourceResult.Malformed>(await AskAsync("configdrive:")).Failure.Code);
    }

    [Fact]
    public async Task A_config_drive_without_user_data_has_nothing_for_us()
    {
        node.Put($"{Drive}/openstack/latest/meta_data.json", "{}");
        Assert.IsType<SourceResult.Absent>(await AskAsync("configdrive:"));
    }

    [Theory]
    [InlineData("fwcfg:", Entry)]
    [InlineData("fwcfg:opt/acme/node", "/sys/firmware/qemu_fw_cfg/by_name/opt/acme/node")]
    public async Task An_entry_of_the_firmware_device_is_read(string name, string folder)
    {
        node.Put($"{folder}/raw", "user");
        node.Put($"{folder}/size", "4\n");
        Assert.Equal(["user"], Texts(await AskAsync(name)));
    }

    [Theory]
    [InlineData("5", "config.source-unreadable")]
    [InlineData("1048577", "config.too-large")]
    [InlineData("x", "config.too-large")]
    public async Task An_entry_that_is_not_as_long_as_it_says_is_malformed(string size, string code)
    {
        node.Put($"{Entry}/raw", "user");
        node.Put($"{Entry}/size", size);
        Assert.Equal(code, Assert.IsType<SourceResult.Malformed>(await AskAsync("fwcfg:")).Failure.Code);
    }

    [Fact]
    public async Task A_credential_of_the_machine_is_read()
    {
        node.Put("/run/credentials/@system/slipway.config", "user");
        Assert.Equal(["user"], Texts(await AskAsync("credential:slipway.config")));
    }

    [Fact]
    public async Task A_credential_that_cannot_be_unpacked_is_malformed()
    {
        Directory.CreateDirectory(node["/run/credentials/@system"]);
        await File.WriteAllBytesAsync(node["/run/credentials/@system/slipway.config"], [0x1F, 0x8B, 8, 0, 0], Ct);
        Assert.Equal("config.gzip-invalid", Assert.IsType<SourceResult.Malformed>(await AskAsync("credential:slipway.config")).Failure.Code);
    }

    [Theory]
    [InlineData("nocloud:", "/var/lib/cloud/seed/nocloud/user-data", true)]
    [InlineData("nocloud:", "/var/lib/cloud/seed/nocloud/user-data", false)]
    [InlineData("nocloud:", "/var/lib/cloud/seed/nocloud/vendor-data", false)]
    [InlineData("configdrive:", "/var/lib/cloud/seed/config_drive/openstack/latest/user_data", true)]
    [InlineData("credential:slipway.config", "/run/credentials/@system/slipway.config", false)]
    [InlineData("cloud-init:", "/var/lib/cloud/instance/user-data.txt", true)]
    [InlineData("cloud-init:", "/var/lib/cloud/instance/user-data.txt", false)]
    public async Task A_pipe_and_a_file_without_end_are_broken_and_keep_nobody_waiting(string name, string path, bool isPipe)
    {
        Seed("user", "{}");
        node.Put($"{Drive}/openstack/latest/meta_data.json", "{}");
        Directory.CreateDirectory(Path.GetDirectoryName(node[path])!);
        File.Delete(node[path]);
        if (isPipe)
        {
            Assert.IsType<Slipway.Hosting.CommandResult.Ended>(await node.Host.Processes.RunAsync(new Slipway.Hosting.Command("mkfifo", node[path]), Ct));
        }
        else
        {
            await using var sparse = File.Create(node[path]);
            sparse.SetLength(1L << 30);
        }
        var settings = new Slipway.Config.Settings { Sources = [name] };
        // Nothing here waits, so all is allocated by this one thread.
        var asked = Task.Run(() => (GC.GetAllocatedBytesForCurrentThread(),
            new Gather(node.Host, Wanted.Facts, settings).AllAsync([], Ct).GetAwaiter().GetResult(), GC.GetAllocatedBytesForCurrentThread()), Ct);
        var (before, gathered, after) = await asked.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        var failure = Assert.IsType<Gathered.Failed>(gathered).Failure;
        Assert.Equal(isPipe ? "config.source-unreadable" : "config.too-large", failure.Code);
        Assert.Contains(path, failure.What, StringComparison.Ordinal);
        Assert.InRange(after - before, 0, 64 << 20);
        Assert.Equal("malformed", (await new Survey(node.Host, SourceOrder.Of(Wanted.Facts, settings)).AllAsync([], Ct)).Single(report => report.Name == name).StateWord);
    }

    private Task<SourceResult> AskAsync(string name) => ConfigSource.Parse(name).ReadAsync(node.Host, Ct);

    private void Seed(string userData, string metadata)
    {
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", metadata);
        node.Put("/var/lib/cloud/seed/nocloud/user-data", userData);
    }

    private static IEnumerable<string> Texts(SourceResult result) =>
        Assert.IsType<SourceResult.Found>(result).Payloads.Select(payload => Encoding.UTF8.GetString(payload.Bytes.Span));
}
