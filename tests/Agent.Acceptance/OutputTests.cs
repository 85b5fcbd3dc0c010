using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>What scripts and people read: help for every command, an explanation for every code, JSON with a version.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Every_command_has_help()
    {
        var verbs = Verbs((await Agent.RunAsync("--help")).Exits(0).Out);
        Assert.Superset(new HashSet<string> { "run", "plan", "status", "config", "explain", "version" }, verbs);
        foreach (var verb in verbs)
        {
            var help = (await Agent.RunAsync(verb, "--help")).Exits(0).Out;
            Assert.Contains("Usage:", help, StringComparison.Ordinal);
            foreach (var inner in Verbs(help))
            {
                (await Agent.RunAsync(verb, inner, "--help")).Exits(0).Says("--root");
            }
        }
    }

    [Fact]
    public async Task Every_code_is_explained()
    {
        var codes = (await Agent.RunAsync("explain", "--output", "json")).Exits(0).Json.GetProperty("codes").EnumerateArray().ToList();
        Assert.True(codes.Count > 60);
        foreach (var code in codes.Select(code => code.GetProperty("code").GetString()!))
        {
            var text = (await Agent.RunAsync("explain", code)).Exits(0).Out;
            Assert.StartsWith(code, text, StringComparison.Ordinal);
            Assert.True(text.Split('\n').Count(line => line.StartsWith("  ", StringComparison.Ordinal)) >= 2, text);
        }
    }

    [Theory]
    [InlineData("config.doubtful")]
    [InlineData("config.world-readable")]
    public async Task A_warning_is_not_said_to_end_with_an_exit_code(string code)
    {
        (await Agent.RunAsync("explain", code)).Exits(0).Says("(a warning: ");
        Assert.Equal(0, (await Agent.RunAsync("explain", code, "-o", "json")).Exits(0).Json.GetProperty("exitCode").GetInt32());
    }

    [Theory]
    [InlineData("config.unknown-feild", "Near it: config.unknown-field\n")]
    [InlineData("digest-mismatch", "Near it: config.digest-mismatch, artifact.digest-mismatch\n")]
    [InlineData("config.nothing-like-it", "List them with: slipway explain\n")]
    public async Task Only_what_is_near_a_code_is_offered_for_it(string code, string offered) => (await Agent.RunAsync("explain", code)).Exits(64).Says(offered);

    [Fact]
    public async Task A_log_level_that_is_none_is_told_with_those_that_are()
    {
        var outcome = (await Agent.RunAsync("status", "--log-level", "trace")).Exits(64);
        outcome.Says("--log-level trace: expected debug, information, warning or error");
        Assert.DoesNotContain("Serilog", outcome.All, StringComparison.Ordinal);
        (await node.RunAsync("status", "--log-level", "Debug")).Exits(0);
    }

    [Fact]
    public async Task Help_lists_every_source_in_lines_that_fit()
    {
        var help = (await Agent.RunAsync("--help")).Exits(0).Out;
        Assert.All(["guestinfo:", "ovf:", "cloud-init:", "nocloud:", "configdrive:", "imds:", "cmdline:", "fwcfg:", "credential:", "ssm-parameter:", "file:///", "https://"],
            name => Assert.Contains(name, help, StringComparison.Ordinal));
        Assert.All(help.Split('\n').SkipWhile(line => !line.Contains("--config-source", StringComparison.Ordinal)).Take(4), line => Assert.True(line.Length <= 132, line));
    }

    [Fact]
    public async Task Version_says_what_this_is()
    {
        Assert.Equal((await Agent.RunAsync("version")).Exits(0).Out, (await Agent.RunAsync("--version")).Exits(0).Out);
        (await Agent.RunAsync("version")).Exits(0).Says("slipway 0.");
        var json = Versioned((await Agent.RunAsync("version", "--output", "json")).Exits(0));
        Assert.All(["version", "commit", "runtime", "architecture"], name => Assert.NotEqual("", json.GetProperty(name).GetString()));
    }

    [Fact]
    public async Task Every_result_is_JSON_with_a_schema_version()
    {
        var release = new Release();
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
        Assert.True(Versioned((await node.RunAsync("config", "check", "--output", "json")).Exits(0)).GetProperty("valid").GetBoolean());
        Versioned((await node.RunAsync("explain", "config.absent", "--output", "json")).Exits(0));
        Versioned((await node.RunAsync("status", "--output", "json")).Exits(0));
        var plan = Versioned((await node.RunAsync("plan", "--output", "json")).Exits(0));
        Assert.Contains(plan.GetProperty("resources").EnumerateArray(), resource => resource.GetProperty("finding").GetString() == "differs");
        (await node.RunAsync("run")).Exits(0);
        var status = Versioned((await node.RunAsync("status", "--output", "json")).Exits(0));
        Assert.Equal("Prepared", status.GetProperty("phase").GetString());
        Assert.Equal("worker-7", status.GetProperty("nodeName").GetString());
    }

    [Fact]
    public async Task The_merged_document_prints_as_JSON_without_secrets()
    {
        node.Configure(new Release(), new Uri("http://127.0.0.1:1/"));
        var outcome = (await node.RunAsync("config", "show", "--output", "json")).Exits(0);
        Versioned(outcome);
        Assert.DoesNotContain(Node.Token, outcome.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_merged_document_prints_as_YAML_and_nothing_else_does()
    {
        node.Configure(new Release(), new Uri("http://127.0.0.1:1/"));
        var yaml = (await node.RunAsync("config", "show", "--output", "yaml")).Exits(0);
        Assert.Equal((await node.RunAsync("config", "show")).Exits(0).Out, yaml.Out);
        Assert.Matches(@"(?m)^    name: worker-7  # file:///etc/slipway/node\.d /etc/slipway/node\.d/10-node\.yaml:\d+:\d+$", yaml.Out);
        var copy = Path.Join(node.Root, "copy.yaml");
        await File.WriteAllTextAsync(copy, yaml.Out.Replace("\"***\"", "abcdef.0123456789abcdef", StringComparison.Ordinal), Ct);
        var again = (await node.RunAsync("config", "show", "--config-source", "file://" + copy)).Exits(0).Out;
        Assert.Equal(yaml.Out.Split('\n').Select(line => line.Split("  #")[0]), again.Split('\n').Select(line => line.Split("  #")[0]));
        (await node.RunAsync("config", "check", "--output", "yaml")).Exits(64).Says("--output yaml");
        (await Agent.RunAsync("version", "--output", "yaml")).Exits(64);
        (await Agent.RunAsync("version", "--output", "1")).Exits(64).Says("text, json");
    }

    [Fact]
    public async Task Warnings_are_told_apart_from_mistakes()
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n"
            + "spec: {node: {name: A_b}, timeouts: {download: 2h, total: 1h}, join: {mode: prepare}, kubernetes: {version: 1.36.2}}\n");
        var json = Versioned((await node.RunAsync("config", "check", "--output", "json")).Exits(78));
        var problem = Assert.Single(json.GetProperty("problems").EnumerateArray());
        Assert.Equal(("error", "A_b", 3), (problem.GetProperty("severity").GetString(), problem.GetProperty("value").GetString(), problem.GetProperty("line").GetInt32()));
        var warning = Assert.Single(json.GetProperty("warnings").EnumerateArray());
        Assert.Equal(("warning", "config.doubtful", "2h", 48), (warning.GetProperty("severity").GetString(), warning.GetProperty("code").GetString(),
            warning.GetProperty("value").GetString(), warning.GetProperty("column").GetInt32()));
        (await node.RunAsync("config", "check")).Exits(78).Says("warning: ").Says("10-node.yaml:3:48").Says("1 mistake.");
        (await node.RunAsync("run")).Exits(78).Says("10-node.yaml:3:21");
    }

    [Fact]
    public async Task Mistakes_print_as_JSON_too()
    {
        node.Put("/etc/slipway/node.d/10-node.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {nod: {}}\n");
        var json = Versioned((await node.RunAsync("config", "check", "--output", "json")).Exits(78));
        var problem = json.GetProperty("problems")[0];
        Assert.Equal((3, 8, "node"), (problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(), problem.GetProperty("nearest").GetString()));
    }

    private static JsonElement Versioned(Outcome outcome)
    {
        var json = outcome.Json;
        Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
        return json;
    }

    private static HashSet<string> Verbs(string help)
    {
        var lines = help.Split('\n').SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1);
        return [.. lines.TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line.Length > 2 && line[2] != ' ').Select(line => line.Trim().Split(' ')[0])];
    }
}
