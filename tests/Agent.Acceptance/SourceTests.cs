using System.Text;

namespace Slipway.Acceptance;

/// <summary>The same NodeConfig is found wherever a platform puts it.</summary>
public sealed class SourceTests : IDisposable
{
    private static readonly string Config = Node.Config(new Uri("http://127.0.0.1:1/"));
    private readonly Node node = new();

    public SourceTests() => node.Put("/etc/slipway/artifacts.lock", new Release().Lock);

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("gzip+base64")]
    [InlineData("base64")]
    [InlineData("")]
    public async Task Guestinfo_of_the_environment_in_every_encoding(string encoding)
    {
        var bytes = Encoding.UTF8.GetBytes(Config);
        var environment = new Dictionary<string, string>
        {
            ["VMX_GUESTINFO"] = "1",
            ["VMX_GUESTINFO_USERDATA"] = encoding switch
            {
                "gzip+base64" => Convert.ToBase64String(Archives.Gzip(bytes)),
                "base64" => Convert.ToBase64String(bytes),
                _ => Config,
            },
            ["VMX_GUESTINFO_USERDATA_ENCODING"] = encoding,
        };
        (await Agent.RunAsync(node.Call("config", "check") with { Environment = environment })).Exits(0).Says("guestinfo:").Says("worker-7");
    }

    [Fact]
    public async Task Guestinfo_that_was_redacted_gives_way_to_the_copy_of_cloud_init()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        var environment = new Dictionary<string, string> { ["VMX_GUESTINFO"] = "1", ["VMX_GUESTINFO_USERDATA"] = "---" };
        (await Agent.RunAsync(node.Call("config", "check") with { Environment = environment })).Exits(0).Says("from cloud-init:");
    }

    [Fact]
    public async Task Guestinfo_that_is_damaged_stops_it_loudly()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        var environment = new Dictionary<string, string>
        {
            ["VMX_GUESTINFO"] = "1",
            ["VMX_GUESTINFO_USERDATA"] = Convert.ToBase64String(Archives.Gzip(Encoding.UTF8.GetBytes(Config))[..^9]),
            ["VMX_GUESTINFO_USERDATA_ENCODING"] = "gzip+base64",
        };
        (await Agent.RunAsync(node.Call("run", "--if-configured") with { Environment = environment })).Exits(78).Says("config.gzip-invalid");
    }

    [Fact]
    public async Task Metadata_of_guestinfo_that_cannot_be_read_stops_it_loudly()
    {
        var environment = new Dictionary<string, string>
        {
            ["VMX_GUESTINFO"] = "1",
            ["VMX_GUESTINFO_USERDATA"] = Config,
            ["VMX_GUESTINFO_METADATA"] = "local-hostname: [w7",
        };
        (await Agent.RunAsync(node.Call("config", "check") with { Environment = environment })).Exits(78).Says("config.syntax").Says("guestinfo.metadata");
    }

    [Fact]
    public async Task Vendor_data_of_guestinfo_lies_below_the_user_data()
    {
        var environment = new Dictionary<string, string>
        {
            ["VMX_GUESTINFO"] = "1",
            ["VMX_GUESTINFO_VENDORDATA"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(
                "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  node: {name: of-the-platform, labels: {rack: b2}}\n")),
            ["VMX_GUESTINFO_VENDORDATA_ENCODING"] = "B64",
            ["VMX_GUESTINFO_USERDATA"] = Config,
        };
        (await Agent.RunAsync(node.Call("config", "show") with { Environment = environment })).Exits(0).Says("worker-7").Says("rack: b2").Says("guestinfo.vendordata");
    }

    [Fact]
    public async Task An_OVF_environment_gives_user_data_and_a_hostile_one_stops_it()
    {
        const string Namespace = "http://schemas.dmtf.org/ovf/environment/1";
        var environment = new Dictionary<string, string>
        {
            ["VMX_GUESTINFO"] = "1",
            ["VMX_GUESTINFO_OVFENV"] = $"<e:Environment xmlns:e='{Namespace}'><e:PropertySection><e:Property e:key='user-data' e:value='"
                + $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(Config))}'/></e:PropertySection></e:Environment>",
        };
        (await Agent.RunAsync(node.Call("config", "check") with { Environment = environment })).Exits(0).Says("from ovf:").Says("worker-7");
        environment["VMX_GUESTINFO_OVFENV"] = "<!DOCTYPE e [<!ENTITY a 'b'>]><e/>";
        (await Agent.RunAsync(node.Call("run", "--if-configured") with { Environment = environment })).Exits(78).Says("config.ovf-invalid").Says("DOCTYPE");
    }

    [Fact]
    public async Task A_NoCloud_seed_names_the_node_where_its_NodeConfig_does_not()
    {
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: i-1\nlocal-hostname: Seeded-3\n");
        node.Put("/var/lib/cloud/seed/nocloud/user-data", Config.Replace("  node: {name: worker-7}\n", "", StringComparison.Ordinal));
        (await node.RunAsync("config", "check")).Exits(0).Says("from nocloud:").Says("node seeded-3");
    }

    [Fact]
    public async Task A_NodeConfig_inside_write_files_is_found()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", $"""
            #cloud-config
            hostname: other
            write_files:
              - path: /etc/motd
                content: hello
              - path: /etc/slipway.yaml
                encoding: gz+b64
                content: {Convert.ToBase64String(Archives.Gzip(Encoding.UTF8.GetBytes(Config)))}
            """);
        (await node.RunAsync("config", "check")).Exits(0).Says("from cloud-init:").Says("worker-7");
    }

    [Fact]
    public async Task User_data_for_somebody_else_is_no_configuration()
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", "#!/bin/sh\necho hello\n");
        (await node.RunAsync("run", "--if-configured")).Exits(0).Says("no source has a configuration");
    }

    [Fact]
    public async Task Standard_input_is_a_source() =>
        (await Agent.RunAsync(node.Call("config", "check", "--config-source", "-") with { StandardInput = Config })).Exits(0).Says("worker-7");

    [Fact]
    public async Task Later_sources_win_and_every_value_tells_its_origin()
    {
        node.Put("/usr/lib/slipway/node.d/10-image.yaml", Config);
        node.Put("/etc/slipway/node.d/10-site.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: from-site, labels: {rack: b2}}}\n");
        var third = Path.Join(node.Root, "third.yaml");
        await File.WriteAllTextAsync(third, "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: from-call}}\n", Ct);
        (await node.RunAsync("config", "show", "--config-source", $"file://{third}")).Exits(0)
            .Says("from-call").Says("third.yaml").Says("rack").Says("10-site.yaml").Says("10-image.yaml");
    }
}
