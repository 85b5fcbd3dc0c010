using System.Text;
using Slipway.Config;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>cloud-init's own copies: the better of two is read, and a power cut is survived.</summary>
public sealed class CloudInitSourceTests : IDisposable
{
    private const string Folder = "/var/lib/cloud/instance/";
    private const string Doc = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  node: {name: NAME}\n";
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task The_raw_copy_is_read_for_its_places()
    {
        Put("user-data.txt", Doc);
        Put("user-data.txt.i", Processed("text/x-not-multipart", Doc));
        Assert.Equal("user-data:1:1", (await DocumentAsync()).At.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nki")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\napiVersion: slipw")]
    public async Task A_raw_copy_that_a_power_cut_cut_short_gives_way_to_the_processed_one(string? raw)
    {
        Put("user-data.txt", raw);
        Put("user-data.txt.i", Processed("text/x-not-multipart", Doc));
        var document = await DocumentAsync();
        Assert.Equal("NAME", Name(document));
        Assert.StartsWith("user-data.txt.i (part 1)", document.At.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_processed_copy_cut_short_gives_way_to_the_raw_one()
    {
        string whole = Processed("text/x-not-multipart", Doc);
        Put("user-data.txt", "#!/bin/sh\n");
        for (int length = 0; length < whole.Length - 4; length += 7)
        {
            Put("user-data.txt.i", whole[..length]);
            Assert.Equal("#!/bin/sh\n", Encoding.UTF8.GetString(Assert.Single((await FoundAsync()).Payloads).Bytes.Span));
        }
    }

    [Fact]
    public async Task Nothing_but_a_copy_cut_short_says_nothing_of_what_there_was()
    {
        Put("user-data.txt", "");
        Put("user-data.txt.i", Processed("text/x-not-multipart", Doc)[..^20]);
        Assert.Equal("config.source-unreadable", Assert.IsType<SourceResult.Unreachable>(await ReadAsync()).Failure.Code);
        Put("user-data.txt.i", "");
        Assert.IsType<SourceResult.Absent>(await ReadAsync());
    }

    [Theory]
    [InlineData("#include\nhttps://example/node\n")]
    [InlineData("#cloud-config-archive\n- '#include https://example/node'\n- {type: application/vnd.slipway.node+yaml, content: 'kind: NodeConfig'}\n")]
    public async Task What_was_included_is_found_in_the_processed_copy(string raw)
    {
        Put("user-data.txt", raw);
        Put("user-data.txt.i", Processed("application/vnd.slipway.node+yaml", Doc));
        Assert.Equal("NAME", Name(await DocumentAsync()));
    }

    [Fact]
    public async Task The_user_wins_over_the_vendor()
    {
        Put("vendor-data.txt", Doc.Replace("NAME", "vendor", StringComparison.Ordinal));
        Put("vendor-data2.txt.i", Processed("text/plain", Doc.Replace("NAME", "vendor2", StringComparison.Ordinal)));
        Put("user-data.txt", Doc.Replace("NAME", "user", StringComparison.Ordinal));
        var found = Assert.IsType<Gathered.Found>(await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct));
        Assert.Equal(["vendor", "vendor2", "user"], found.Documents.Select(Name));
    }

    [Fact]
    public async Task A_vendors_broken_cloud_config_does_not_stop_the_node()
    {
        Put("vendor-data.txt", "#cloud-config\na: [\n");
        Put("user-data.txt", Doc);
        Assert.Equal("NAME", Name(await DocumentAsync()));
        Put("vendor-data.txt", "#cloud-config\nwrite_files: [{path: /etc/slipway/x, content: 'slipway.dev/v1alpha1'}\n");
        Assert.IsType<Gathered.Wrong>(await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct));
    }

    [Theory]
    [InlineData("{\"v1\": {\"instance_id\": \"i-7\", \"local_hostname\": \"h\"}, \"ds\": {\"meta_data\": {\"a\": \"b\"}}}", "{\"v1\": {\"instance_id\": \"redacted\"}}", "i-7")]
    [InlineData("{\"v1\": {\"instance", "{\"v1\": {\"instance_id\": \"i-8\"}}", "i-8")]
    [InlineData(null, "{\"v1\": {}}", "i-9")]
    [InlineData(null, null, "i-9")]
    public async Task The_instance_is_known_from_the_best_file_there_is(string? sensitive, string? open, string id)
    {
        Put("user-data.txt", Doc);
        foreach (var (path, text) in new[] { ("/run/cloud-init/instance-data-sensitive.json", sensitive), ("/run/cloud-init/instance-data.json", open) })
        {
            if (text is not null)
            {
                node.Put(path, text);
            }
        }
        node.Put("/var/lib/cloud/data/instance-id", "i-9\n");
        Assert.Equal(id, (await FoundAsync()).Instance.InstanceId);
    }

    [Theory]
    [InlineData("meta_data")]
    [InlineData("meta-data")]
    public async Task The_metadata_of_templates_is_found_as_each_datasource_spells_it(string key)
    {
        node.Put("/run/cloud-init/instance-data-sensitive.json", $"{{\"ds\": {{\"{key}\": {{\"local-hostname\": \"full.lab.example\"}}}}, \"v1\": {{\"local_hostname\": \"full\"}}}}");
        Put("user-data.txt", "## template: jinja\n#cloud-config\nwrite_files:\n- path: /etc/node.yaml\n  content: |\n"
            + string.Concat(Doc.Replace("NAME", "'{{ ds.meta_data.local_hostname }}'", StringComparison.Ordinal).TrimEnd().Split('\n').Select(line => $"    {line}\n")));
        Assert.Equal("full.lab.example", Name(await DocumentAsync()));
    }

    [Fact]
    public async Task A_template_that_only_cloud_init_can_render_is_read_from_the_file_it_wrote()
    {
        Put("user-data.txt", "## template: jinja\n#cloud-config\nwrite_files:\n- path: /etc/node.yaml\n  permissions: '0600'\n  content: |\n"
            + string.Concat(Doc.Replace("NAME", "'{{ v1.x | lower }}'", StringComparison.Ordinal).TrimEnd().Split('\n').Select(line => $"    {line}\n")));
        Assert.Equal("config.template-unsupported", Assert.IsType<Gathered.Wrong>(await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct)).Problems[0].Code);
        node.Put("/etc/node.yaml", Doc.Replace("NAME", "rendered", StringComparison.Ordinal));
        var found = Assert.IsType<Gathered.Found>(await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct));
        Assert.Equal("rendered", Name(Assert.Single(found.Documents)));
    }

    private static string Name(ConfigNode document) =>
        ((ScalarNode)((MappingNode)((MappingNode)((MappingNode)document).Find("spec")!).Find("node")!).Find("name")!).Raw;

    private static string Processed(string type, string content) =>
        "Content-Type: multipart/mixed; boundary=\"===============25==\"\nMIME-Version: 1.0\nNumber-Attachments: 1\n\n--===============25==\nMIME-Version: 1.0\n"
        + $"Content-Type: {type}\nContent-Disposition: attachment; filename=\"part-001\"\n\n{content}\n--===============25==--\n";

    private void Put(string name, string? content)
    {
        if (content is not null)
        {
            node.Put(Folder + name, content);
        }
    }

    private async Task<ConfigNode> DocumentAsync() =>
        Assert.Single(Assert.IsType<Gathered.Found>(await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct)).Documents);

    private async Task<SourceResult.Found> FoundAsync() => Assert.IsType<SourceResult.Found>(await ReadAsync());

    private Task<SourceResult> ReadAsync() => new CloudInitSource().ReadAsync(node.Host, Ct);
}
