using System.Security.Cryptography;
using System.Text;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>What the kernel line and the SMBIOS serial number say about where the configuration is.</summary>
public sealed class KernelLineTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void Quotes_keep_spaces_and_the_last_of_a_name_counts()
    {
        Line("quiet a=1 \"a=2 3\" b=\"x y\" root=UUID=1 a.b=4");
        Assert.Equal("2 3", KernelLine.Value(node.Files, "a"));
        Assert.Equal("x y", KernelLine.Value(node.Files, "b"));
        Assert.Null(KernelLine.Value(node.Files, "UUID"));
    }

    [Theory]
    [InlineData("ds=nocloud;s=/seed")]
    [InlineData("ds=nocloud;s=/seed/;")]
    [InlineData("ds=nocloud;s=file:///seed/")]
    [InlineData("\"ds=nocloud-net;s=/seed/\" quiet")]
    [InlineData("ds=nocloud;seedfrom=/seed")]
    [InlineData("ds=nocloud;s=/other ds=nocloud;s=/seed")]
    public async Task A_line_names_a_seed_on_this_machine(string line)
    {
        Line(line);
        Seed("/seed", "instance-id: own\nlocal-hostname: own\n");
        Assert.Equal("own", Assert.IsType<SourceResult.Found>(await NoCloudAsync()).Instance.InstanceId);
    }

    [Fact]
    public async Task The_line_s_values_win_over_the_seed_s_metadata()
    {
        Line("ds=nocloud;h=from-line;i=i-line");
        Seed("/var/lib/cloud/seed/nocloud", "instance-id: own\nlocal-hostname: own\nregion: r1\n");
        var instance = Assert.IsType<SourceResult.Found>(await NoCloudAsync()).Instance;
        Assert.Equal(("i-line", "from-line"), (instance.InstanceId, instance.LocalHostname));
        Assert.Equal(["region", "local-hostname", "instance-id"], instance.MetaData!.Entries.Select(entry => entry.Key));
    }

    [Fact]
    public async Task The_serial_number_of_the_machine_says_it_too_and_first()
    {
        node.Put("/sys/class/dmi/id/product_serial", "ds=nocloud;s=/seed/;h=from-serial\n");
        Line("ds=nocloud;s=/nowhere/;h=from-line;i=i-line");
        Seed("/seed", "instance-id: own\n");
        var instance = Assert.IsType<SourceResult.Found>(await NoCloudAsync()).Instance;
        Assert.Equal(("i-line", "from-serial"), (instance.InstanceId, instance.LocalHostname));
    }

    [Theory]
    [InlineData("ds=nocloud")]
    [InlineData("ds=nocloud-net quiet")]
    public async Task A_line_whose_seed_GRUB_ate_is_hinted_at(string line)
    {
        Line(line);
        Assert.Contains("quote the ; for GRUB", Assert.IsType<SourceResult.Absent>(await NoCloudAsync()).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ds=none")]
    [InlineData("ds=nocloudish;s=/seed")]
    public async Task Another_datasource_s_line_is_not_ours(string line)
    {
        Line(line);
        Seed("/seed", "instance-id: own\n");
        Assert.DoesNotContain("GRUB", Assert.IsType<SourceResult.Absent>(await NoCloudAsync()).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://seed.example/x/")]
    [InlineData("ftps://user:secret@seed.example/")]
    [InlineData("relative")]
    public async Task A_seed_at_an_address_that_is_not_read_is_a_clear_error(string seed)
    {
        Line($"ds=nocloud-net;s={seed}");
        var failure = Assert.IsType<SourceResult.Malformed>(await NoCloudAsync()).Failure;
        Assert.Equal("config.seed-unsupported", failure.Code);
        Assert.DoesNotContain("secret", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_seed_that_is_not_there_is_late_and_nothing_else_is_taken_for_it()
    {
        Line("ds=nocloud;s=/seed");
        Seed("/var/lib/cloud/seed/nocloud", "instance-id: other\n");
        IsLate(await NoCloudAsync(), "/seed");
    }

    [Theory]
    [InlineData("base/__dmi.chassis-serial-number__", "/base/C%201/")]
    [InlineData("__dmi.system-manufacturer__/__dmi.no-such__/", "/ACME/__dmi.no-such__/")]
    [InlineData("__dmi...__/__dmi.__/", "/__dmi...__/__dmi.__/")]
    [InlineData("x?file=", "/x?file=")]
    [InlineData("%s.txt", "")]
    public async Task A_seed_is_fetched_with_the_machine_s_own_fields_in_its_address(string path, string asked)
    {
        node.Put("/sys/class/dmi/id/chassis_serial", "C%201\n");
        node.Put("/sys/class/dmi/id/sys_vendor", "ACME\n");
        await using var server = new LoopbackServer((path, _) => path.Contains("vendor", StringComparison.Ordinal) ? Reply.NotFound
            : new Reply(Encoding.UTF8.GetBytes(path.Contains("meta", StringComparison.Ordinal) ? "instance-id: net\n" : "user")));
        Line($"ds=nocloud-net;s={server.Url}{path}");
        Assert.Equal("net", Assert.IsType<SourceResult.Found>(await NoCloudAsync()).Instance.InstanceId);
        Assert.Equal(asked.Length == 0 ? ["/meta-data.txt", "/user-data.txt", "/vendor-data.txt"] : [asked + "meta-data", asked + "user-data", asked + "vendor-data"], server.Hits);
    }

    [Theory]
    [InlineData(403, "http.refused")]
    [InlineData(503, "http.busy")]
    public async Task A_seed_server_that_does_not_give_it_is_unreachable(int status, string code)
    {
        await using var server = new LoopbackServer((_, _) => Reply.NotFound with { Status = status });
        Line($"ds=nocloud-net;s={server.Url}");
        Assert.Equal(code, Assert.IsType<SourceResult.Unreachable>(await NoCloudAsync()).Failure.Code);
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(403, true)]
    [InlineData(503, false)]
    public async Task Vendor_data_that_is_refused_for_good_is_done_without(int status, bool isFound)
    {
        await using var server = new LoopbackServer((path, _) => path.EndsWith("vendor-data", StringComparison.Ordinal)
            ? Reply.NotFound with { Status = status } : new Reply("x: 1\n"u8.ToArray()));
        Line($"ds=nocloud-net;s={server.Url}");
        Assert.Equal(isFound, await NoCloudAsync() is SourceResult.Found);
        Assert.Equal(isFound, node.Lines.Any(line => line.Contains($"no vendor data", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_seed_that_its_server_does_not_have_is_late()
    {
        await using var server = new LoopbackServer((_, _) => Reply.NotFound);
        Line($"ds=nocloud-net;s={server.Url}");
        IsLate(await NoCloudAsync(), "404");
    }

    [Fact]
    public async Task An_address_that_its_server_does_not_have_is_late()
    {
        await using var server = new LoopbackServer((_, _) => Reply.NotFound);
        Line($"slipway.config.url={server.Url}c#sha256={new string('0', 64)}");
        IsLate(await CmdlineAsync(), "404");
    }

    [Theory]
    [InlineData("no-such-label", "no disk no-such-label")]
    [InlineData("/dev/slipway-no-such-disk", "no disk /dev/slipway-no-such-disk")]
    public void A_disk_that_is_not_there_is_late(string device, string why) =>
        IsLate(new CmdlineSource().ReadDisk(Slipway.Hosting.Host.Open("/", node.Host.Log), device, "/x"), why);

    [Fact]
    public async Task A_seed_server_that_is_not_there_is_unreachable()
    {
        Line($"ds=nocloud-net;s=http://127.0.0.1:{LoopbackServer.FreePort()}/");
        Assert.Equal("http.unreachable", Assert.IsType<SourceResult.Unreachable>(await NoCloudAsync()).Failure.Code);
    }

    [Fact]
    public async Task An_address_with_its_digest_is_fetched_and_goes_before_a_disk()
    {
        var body = "user"u8.ToArray();
        await using var server = new LoopbackServer((_, _) => new Reply(body));
        Line($"slipway.config.device=x slipway.config.url={server.Url}c#sha256={Convert.ToHexString(SHA256.HashData(body))}");
        Assert.IsType<SourceResult.Found>(await CmdlineAsync());
    }

    [Fact]
    public async Task Bytes_of_another_digest_are_malformed()
    {
        await using var server = new LoopbackServer((_, _) => new Reply("other"u8.ToArray()));
        Line($"slipway.config.url={server.Url}c#sha256={new string('0', 64)}");
        Assert.Contains("digest", Assert.IsType<SourceResult.Malformed>(await CmdlineAsync()).Failure.Code, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_nobody_answers_is_unreachable()
    {
        Line($"slipway.config.url=http://127.0.0.1:{LoopbackServer.FreePort()}/#sha256={new string('0', 64)}");
        Assert.IsType<SourceResult.Unreachable>(await CmdlineAsync());
    }

    [Theory]
    [InlineData("slipway.config.url=https://x.example/")]
    [InlineData("slipway.config.url=https://user:secret@x.example/#sha256=12")]
    [InlineData("slipway.config.url=ftp://x.example/#sha256=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("slipway.config.device=cidata")]
    [InlineData("slipway.config.path=/x")]
    [InlineData("slipway.config.device=cidata slipway.config.path=x")]
    [InlineData("slipway.config.device=.. slipway.config.path=/x")]
    [InlineData("slipway.config.device=. slipway.config.path=/x")]
    [InlineData("slipway.config.device=a/b slipway.config.path=/x")]
    [InlineData("slipway.config.device=/dev/../etc slipway.config.path=/x")]
    [InlineData("slipway.config.device= slipway.config.path=/x")]
    public async Task Parameters_that_are_not_whole_are_malformed(string line)
    {
        Line(line);
        var failure = Assert.IsType<SourceResult.Malformed>(await CmdlineAsync()).Failure;
        Assert.Equal("config.kernel-line", failure.Code);
        Assert.DoesNotContain("secret", failure.What, StringComparison.Ordinal);
    }

    private static void IsLate(SourceResult result, string why)
    {
        var failure = Assert.IsType<SourceResult.Unreachable>(result).Failure;
        Assert.Equal(("config.source-late", true), (failure.Code, failure.IsTransient));
        Assert.Contains(why, failure.What, StringComparison.Ordinal);
    }

    private void Line(string line) => node.Put("/proc/cmdline", line + "\n");

    private void Seed(string folder, string metadata)
    {
        node.Put($"{folder}/meta-data", metadata);
        node.Put($"{folder}/user-data", "user");
    }

    private Task<SourceResult> NoCloudAsync() => new NoCloudSource().ReadAsync(node.Host, Ct);

    private Task<SourceResult> CmdlineAsync() => new CmdlineSource().ReadAsync(node.Host, Ct);
}
