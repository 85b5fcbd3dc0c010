using System.Text;
using System.Text.Json;
using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class ConfigPrinterTests
{
    private static readonly string Secrets = Fill("""
        artifacts: {mirrors: [{url: "https://<Password>:x@m.example/p?sig=<Password>", credentials: "u:<Password>"}]}
        proxy: {http: "http://u:<Password>@p:3128"}
        runtime: {config: "password = '<Password>'"}
        images: {registries: {r.example: {credentials: {fromUrl: "https://x/?k=<Password>", headers: {Authorization: "<Password>"}}}}}
        join:
          mode: prepare
          kubeadm:
            join:
              token: <Token>
              controlPlane: {certificateKey: <Key>}
              caCertHashes: []

        """);

    private static readonly string MoreSecrets = Fill("""
        join:
          mode: prepare
          kubeadm:
            init: null
            documents: |
              {apiVersion: kubeadm.k8s.io/v1beta4, kind: JoinConfiguration, discovery: {bootstrapToken: {token: <Token>}, tlsBootstrapToken: <Token>}, controlPlane: {certificateKey: <Key>}}
              ---
              {apiVersion: kubeadm.k8s.io/v1beta3, kind: InitConfiguration, bootstrapTokens: [{token: <Token>}], certificateKey: <Key>}
          eks: null

        """);

    private static readonly string EksSecrets = Fill("""
        join: {mode: prepare, eks: {ssm: {activationCode: "<Code> x"}, cluster: {name: eks}}}

        """);

    [Fact]
    public void Every_value_is_printed_with_its_origin()
    {
        MappingNode merged = Documents.Valid(Documents.Tree(Documents.Worker, "user-data"), Documents.Spec("node: {name: b}", "/etc/x.yaml")).Merged;
        string text = ConfigPrinter.Text(merged);
        Assert.Contains("    name: b  # /etc/x.yaml:4:16\n", text, StringComparison.Ordinal);
        Assert.Contains("    version: 1.36.2  # user-data:4:25\n", text, StringComparison.Ordinal);
        Assert.Contains("token: \"***\"  # user-data:12:16\n", text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(ConfigPrinter.Json(merged));
        Assert.Equal(1, json.RootElement.GetProperty("schemaVersion").GetInt32());
        JsonElement name = json.RootElement.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("path").GetString() == "spec.node.name");
        Assert.Equal(("b", "/etc/x.yaml", 4), (name.GetProperty("value").GetString(), name.GetProperty("file").GetString(), name.GetProperty("line").GetInt32()));
        Assert.Equal("b", json.RootElement.GetProperty("document").GetProperty("spec").GetProperty("node").GetProperty("name").GetString());
    }

    [Fact]
    public void The_origin_is_source_file_line_and_column_in_text_and_in_data()
    {
        ReadResult read = YamlReader.Read("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  node:\n    name: a\n    taints: []\n  join: {mode: prepare}\n",
            new TextOrigin("guestinfo:", "guestinfo.userdata") { LinesBefore = 2, ColumnsBefore = 4 });
        MappingNode merged = Documents.Valid([.. read.Documents]).Merged;
        string text = ConfigPrinter.Text(merged);
        Assert.Contains("    name: a  # guestinfo: guestinfo.userdata:7:15\n", text, StringComparison.Ordinal);
        Assert.Contains("    taints: []  # guestinfo: guestinfo.userdata:8:17\n", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.True(line.EndsWith(':') || line.Contains("  # guestinfo: guestinfo.userdata:", StringComparison.Ordinal), line));
        Assert.Equal(Encoding.UTF8.GetString(NodeConfigJson.Write(merged)), Encoding.UTF8.GetString(NodeConfigJson.Write(Documents.Tree(text))));
        using JsonDocument json = JsonDocument.Parse(ConfigPrinter.Json(merged));
        JsonElement name = json.RootElement.GetProperty("values").EnumerateArray().Single(v => v.GetProperty("path").GetString() == "spec.node.name");
        Assert.Equal(("guestinfo:", "guestinfo.userdata", 7, 15), (name.GetProperty("source").GetString(), name.GetProperty("file").GetString(),
            name.GetProperty("line").GetInt32(), name.GetProperty("column").GetInt32()));
    }

    [Fact]
    public void A_name_of_a_file_cannot_break_out_of_its_comment()
    {
        string text = ConfigPrinter.Text(Documents.Spec("node: {name: a}", "x\nspec: {node: {name: evil}}"));
        Assert.Equal("a", ((ScalarNode)Documents.Tree(text).Reach("spec.node.name")!).Raw);
    }

    [Theory]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("\"1\"", "\"1\"")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("a.b", "a.b")]
    [InlineData("2024-01-01", "\"2024-01-01\"")]
    [InlineData("1_000", "\"1_000\"")]
    [InlineData("0b11", "\"0b11\"")]
    [InlineData("\"a\U0001F600b\"", "\"a\U0001F600b\"")]
    [InlineData("1.36.2", "1.36.2")]
    public void Text_that_other_readers_take_for_something_else_is_quoted(string written, string printed) =>
        Assert.Contains($"x: {printed}  # ", ConfigPrinter.Text(Documents.Spec($"node: {{labels: {{x: {written}}}}}")), StringComparison.Ordinal);

    [Fact]
    public void What_is_printed_reads_back_as_the_same_document()
    {
        MappingNode merged = Documents.Valid(Documents.Spec(NodeConfigReaderTests.Everything + "join: {mode: prepare}")).Merged;
        string text = ConfigPrinter.Text(merged);
        MappingNode again = Documents.Tree(text);
        Assert.Equal(text.Split('\n').Select(l => l.Split("  #")[0]), ConfigPrinter.Text(again).Split('\n').Select(l => l.Split("  #")[0]));
    }

    [Fact]
    public void A_key_too_long_for_one_line_reads_back_too()
    {
        string key = new('k', 1100);
        MappingNode merged = Documents.Spec($"kubelet: {{config: {{\"{key[..1000]}\": {{a: 1}}, ? {key} : [b]}}}}");
        ReadResult again = YamlReader.Read(ConfigPrinter.Text(merged), "shown");
        Assert.Empty(again.Problems);
        Assert.Equal(NodeConfigJson.Id(merged), NodeConfigJson.Id((MappingNode)again.Documents[0]));
    }

    [Fact]
    public void The_canonical_json_reads_back_with_the_same_id()
    {
        foreach (string spec in (string[])[Secrets, MoreSecrets, NodeConfigReaderTests.Everything + "join: {mode: prepare}\n", "join: {mode: prepare}\nkubernetes: {version: 1.99}\nkubelet: {config: {a: 1.30, b: 0x1F, c: +1, d: [null, ~], e: 99999999999999999999, f: .5, g: 1e400}}"])
        {
            MappingNode merged = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([Documents.Spec(spec)], saved: true)).Merged;
            ReadResult again = NodeConfigJson.Read(Encoding.UTF8.GetString(NodeConfigJson.Write(merged)), "config.json");
            var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(again.Documents, saved: true));
            Assert.Equal(NodeConfigJson.Id(merged), valid.Id);
            Assert.Equal(64, valid.Id.Length);
        }
    }

    [Fact]
    public void Order_and_quotes_do_not_change_the_id() =>
        Assert.Equal(
            NodeConfigJson.Id(Documents.Spec("kubernetes: {source: release, version: 1.36}")),
            NodeConfigJson.Id(Documents.Spec("kubernetes: {version: \"1.36\", source: 'release'}")));

    [Fact]
    public void Scrubbing_drops_single_use_secrets_and_is_known_again()
    {
        MappingNode merged = Documents.Valid(Documents.Spec(Secrets)).Merged;
        string scrubbed = Encoding.UTF8.GetString(NodeConfigJson.WriteScrubbed(merged));
        Assert.DoesNotContain(Documents.CanaryToken, scrubbed, StringComparison.Ordinal);
        Assert.DoesNotContain(Documents.CanaryKey, scrubbed, StringComparison.Ordinal);
        Assert.Contains("u:" + Documents.CanaryPassword, scrubbed, StringComparison.Ordinal);
        var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(NodeConfigJson.Read(scrubbed, "config.json").Documents, saved: true));
        Assert.IsType<SecretRef.Scrubbed>(valid.Config.Join!.Kubeadm!.Join!.Token);
        Assert.Equal(NodeConfigJson.WriteScrubbed(merged), NodeConfigJson.WriteScrubbed(valid.Merged));
    }

    [Fact]
    public void No_secret_is_in_anything_that_prints()
    {
        var output = new StringBuilder();
        foreach (string spec in (string[])[Secrets, MoreSecrets])
        {
            NodeConfigResult.Valid valid = Documents.Valid(Documents.Spec(spec));
            output.Append(ConfigPrinter.Text(valid.Merged)).Append(ConfigPrinter.Json(valid.Merged)).Append(valid).Append(valid.Merged);
            PrintAll(valid.Config, output, 0);
            PrintTree(valid.Merged, output);
        }

        Assert.Contains("***", output.ToString(), StringComparison.Ordinal);
        NoCanary(output.ToString());
    }

    [Theory]
    [InlineData("apiVersion: kubeadm.k8s.io/v1beta2\nkind: JoinConfiguration\ndiscovery: {bootstrapToken: {token: <Token>, caCertHashes: [<Token>]}}")]
    [InlineData("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {bootstrapToken: {tokn: <Token>}}")]
    [InlineData("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovry: [{deeper: {token: <Token>}}]")]
    [InlineData("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JionConfiguration\ntoken: <Token>")]
    public void What_no_schema_knows_is_neither_printed_nor_kept(string document)
    {
        ConfigNode given = Documents.Tree(Fill(document));
        MappingNode merged = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([Documents.Spec("node: {name: a}"), given], userDataJoins: true)).Merged;
        string output = ConfigPrinter.Text(merged) + ConfigPrinter.Json(merged) + Encoding.UTF8.GetString(NodeConfigJson.WriteScrubbed(merged));
        NoCanary(output);
        Assert.Contains(((ScalarNode)((MappingNode)given).Find("kind")!).Raw, output, StringComparison.Ordinal);
        Assert.True(ConfigLeaf.HoldsSecret(given));
    }

    [Fact]
    public void What_holds_no_secret_is_shown_and_kept()
    {
        ConfigNode proxy = Documents.Tree("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables");
        ConfigNode join = Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /run/x.conf}}");
        MappingNode merged = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(
            [join, proxy, Documents.Spec("kubernetes: {version: 1.99.0}\nkubelet: {config: {fresh: {field: 7}}}")], saved: true)).Merged;
        Assert.Contains("mode: nftables", ConfigPrinter.Text(merged), StringComparison.Ordinal);
        Assert.Contains("field: 7", ConfigPrinter.Text(merged), StringComparison.Ordinal);
        Assert.Equal(NodeConfigJson.Write(merged), NodeConfigJson.WriteScrubbed(merged));
        Assert.False(ConfigLeaf.HoldsSecret(join));
    }

    [Fact]
    public void No_secret_is_in_any_problem()
    {
        var output = new StringBuilder();
        foreach (string secret in (string[])[Documents.CanaryToken, Documents.CanaryKey, Documents.CanaryCode, Documents.CanaryToken + "x"])
        {
            foreach (string field in (string[])["token", "controlPlane", "caCertHashes", "caCertificate", "bindPort", "unknown", "unsafeSkipCAVerification", "discoveryFile"])
            {
                foreach (string form in (string[])["{0}x", "[{0}, {0}]", "{{certificateKey: {0}x, bindPort: {0}, fromFile: {0}}}", "\"{0} \"", "!{0} x", "*{0}", "|\n      {0}\n      : - x"])
                {
                    string value = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, secret);
                    ReadResult read = YamlReader.Read($"apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {{join: {{kubeadm: {{join:\n    {{{field}: {value}}}}}}}}}\n", "f");
                    output.AppendJoin('\n', read.Problems);
                    if (field is "token" or "controlPlane" or "unknown" || secret == Documents.CanaryToken)
                    {
                        output.AppendJoin('\n', read.Documents.SelectMany(d => SchemaCheck.Document(d)));
                    }
                }
            }
        }

        NoCanary(output.ToString());
        IReadOnlyList<Problem> eks = Documents.Problems(Documents.Spec(EksSecrets));
        NoCanary(string.Join('\n', eks));
    }

    private static string Fill(string text) => text.Replace("<Token>", Documents.CanaryToken, StringComparison.Ordinal)
        .Replace("<Key>", Documents.CanaryKey, StringComparison.Ordinal).Replace("<Code>", Documents.CanaryCode, StringComparison.Ordinal)
        .Replace("<Password>", Documents.CanaryPassword, StringComparison.Ordinal);

    private static void NoCanary(string output)
    {
        foreach (string canary in (string[])["canary.", Documents.CanaryKey[..20], "CANARY"])
        {
            int at = output.IndexOf(canary, StringComparison.Ordinal);
            Assert.True(at < 0, at < 0 ? "" : output[Math.Max(0, at - 200)..Math.Min(output.Length, at + 50)]);
        }
    }

    private static void PrintAll(object? value, StringBuilder output, int depth)
    {
        output.Append(value).Append('\n');
        if (value is System.Collections.IEnumerable items and not string)
        {
            foreach (object item in items)
            {
                PrintAll(item, output, depth + 1);
            }
        }
        else if (value is not null && depth < 12 && value.GetType().Namespace == "Slipway.Config")
        {
            foreach (System.Reflection.PropertyInfo property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && value is not ConfigNode))
            {
                PrintAll(property.GetValue(value), output, depth + 1);
            }
        }
        else if (value is System.Collections.DictionaryEntry or not null && value.GetType().Name.StartsWith("KeyValuePair", StringComparison.Ordinal))
        {
            PrintAll(value.GetType().GetProperty("Value")!.GetValue(value), output, depth + 1);
        }
    }

    private static void PrintTree(ConfigNode node, StringBuilder output)
    {
        output.Append(node).Append('\n');
        foreach (MappingEntry entry in (node as MappingNode)?.Entries ?? [])
        {
            output.Append(entry).Append('\n');
            PrintTree(entry.Value, output);
        }
    }
}
