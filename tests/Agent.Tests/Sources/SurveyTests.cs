using Slipway.Config;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>The list of sources says what run would find, and changes nothing.</summary>
public sealed class SurveyTests : IDisposable
{
    private const string Config = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: canary-name}}\n";
    private const string Credential = "/run/credentials/@system/slipway.config";
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task Every_source_has_its_line_and_its_reason()
    {
        var reports = await SurveyAsync();
        Assert.All([.. SourceNames.Plain, "credential:slipway.config", "ssm-parameter:NAME", "-", "file:///etc/slipway/node.d"],
            name => Assert.Single(reports, report => report.Name == name));
        Assert.All(reports, report => Assert.NotEmpty(report.Why));
        Assert.DoesNotContain(reports, report => report.IsChosen);
    }

    [Theory]
    [InlineData("", "absent")]
    [InlineData("#!/bin/sh\n", "absent")]
    [InlineData(Config, "found")]
    [InlineData("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {", "malformed")]
    public async Task User_data_is_judged_by_what_is_in_it(string userData, string state)
    {
        node.Put("/var/lib/cloud/instance/user-data.txt", userData);
        Assert.Equal(state, (await SurveyAsync()).Single(report => report.Name == "cloud-init:").StateWord);
    }

    [Fact]
    public async Task What_this_platform_cannot_have_is_not_asked() =>
        Assert.Equal(SourceState.NotForPlatform, (await SurveyAsync()).Single(report => report.Name == "imds:").State);

    [Fact]
    public async Task Where_sources_are_named_no_other_is_asked()
    {
        node.Put(Credential, Config);
        var reports = await SurveyAsync(ConfigSource.Parse("cloud-init:"));
        Assert.Equal(SourceState.NotAsked, reports.Single(report => report.Name == "credential:slipway.config").State);
        Assert.Equal(SourceState.Absent, reports.Single(report => report.Name == "cloud-init:").State);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, true, false)]
    [InlineData(true, true, true)]
    public async Task The_chosen_source_is_the_one_that_run_takes(bool credential, bool cloudInit, bool broken)
    {
        if (credential)
        {
            node.Put(Credential, broken ? "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {" : Config);
        }
        if (cloudInit)
        {
            node.Put("/var/lib/cloud/instance/user-data.txt", Config);
        }
        node.Put("/var/lib/cloud/seed/nocloud/user-data", Config);
        node.Put("/var/lib/cloud/seed/nocloud/meta-data", "");
        var gathered = await new Gather(node.Host, Wanted.Facts).AllAsync([], Ct);
        Assert.Equal((gathered as Gathered.Found)?.Source, (await SurveyAsync()).SingleOrDefault(report => report.IsChosen)?.Name);
    }

    [Fact]
    public async Task Where_the_kernel_line_names_what_is_late_nothing_after_it_is_chosen()
    {
        node.Put("/proc/cmdline", "ds=nocloud;s=/late\n");
        node.Put("/var/lib/cloud/seed/config_drive/openstack/latest/meta_data.json", "{}");
        node.Put("/var/lib/cloud/seed/config_drive/openstack/latest/user_data", Config);
        Assert.DoesNotContain(await SurveyAsync(), report => report.IsChosen);
    }

    [Fact]
    public async Task Nothing_is_changed_and_nothing_of_the_content_is_told()
    {
        node.Put(Credential, Config);
        node.Put("/var/lib/cloud/instance/user-data.txt", Config + "  canary: [");
        node.Put("/etc/slipway/node.d/x.yaml", "canary: value\n");
        var before = TreeListing.Of(node.Root);
        Assert.DoesNotContain(await SurveyAsync(), report => report.Why.Contains("canary", StringComparison.Ordinal));
        Assert.Equal(before, TreeListing.Of(node.Root));
    }

    private Task<IReadOnlyList<SourceReport>> SurveyAsync(params ConfigSource[] named) =>
        new Survey(node.Host, SourceOrder.Of(Wanted.Facts, Settings.None)).AllAsync(named, Ct);
}
