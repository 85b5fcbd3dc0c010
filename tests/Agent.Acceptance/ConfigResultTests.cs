using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>What <c>config check</c>, <c>config show</c> and <c>plan</c> tell scripts and people, whatever the outcome.</summary>
public sealed class ConfigResultTests : IDisposable
{
    private const string Head = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n";
    private static readonly Uri Nowhere = new("http://127.0.0.1:1/");
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    public static TheoryData<string, string> Broken => new()
    {
        { "config.absent", "" },
        { "config.version-unsupported", Head + "  kubernetes: {version: 1.20.1}\n  node: {name: w}\n  join: {mode: prepare}\n" },
        { "config.version-missing", Head + "  node: {name: w}\n  join: {mode: prepare}\n" },
        { "node.name-invalid", Head + "  kubernetes: {version: 1.36.2}\n  join: {mode: prepare}\n" },
        { "config.unknown-field", Head + "  kubernets: {}\n" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Whatever_is_wrong_the_result_is_one_JSON_object(string code, string document)
    {
        node.Put("/etc/hostname", "localhost\n");
        if (document.Length > 0)
        {
            node.Put("/etc/slipway/node.d/10-node.yaml", document);
        }
        foreach (var verb in (string[][])[["config", "check"], ["plan"], ["config", "show"]])
        {
            if (verb is ["config", "show"] && code is not ("config.absent" or "config.unknown-field"))
            {
                continue;
            }
            var json = (await node.RunAsync([.. verb, "-o", "json"])).Exits(78).Json;
            Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
            Assert.True(verb is ["plan"] ? !json.TryGetProperty("valid", out _) : !json.GetProperty("valid").GetBoolean());
            var problem = json.GetProperty("problems")[0];
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.All(["message", "fix"], name => Assert.NotEqual("", problem.GetProperty(name).GetString()));
        }
    }

    [Fact]
    public async Task A_source_that_holds_nothing_is_told_in_JSON()
    {
        node.Put("/empty.yaml", "# nothing\n");
        var json = (await node.RunAsync("config", "check", "-o", "json", "--config-source", "file://" + node["/empty.yaml"])).Exits(78).Json;
        Assert.Equal("config.source-empty", json.GetProperty("problems")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_valid_configuration_is_told_with_what_was_decided()
    {
        node.Configure(new Release(), Nowhere);
        var json = (await node.RunAsync("config", "check", "-o", "json")).Exits(0).Json;
        Assert.Equal("worker-7", json.GetProperty("nodeName").GetString());
        Assert.Equal(Release.Kubernetes, json.GetProperty("kubernetesVersion").GetString());
        Assert.NotEqual(JsonValueKind.Null, json.GetProperty("containerdVersion").ValueKind);
        Assert.Equal("10.0.0.10:6443", json.GetProperty("endpoint").GetString());
        Assert.False(json.GetProperty("joins").GetBoolean());
        Assert.True(json.GetProperty("supported").GetBoolean());
    }

    [Fact]
    public async Task What_this_version_cannot_run_is_said_so()
    {
        node.Configure(new Release(), Nowhere, "  system: {firewall: open}\n");
        Assert.False((await node.RunAsync("config", "check", "-o", "json")).Exits(0).Json.GetProperty("supported").GetBoolean());
    }
}
