using Slipway.Config;
using Slipway.Engine;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>Credentials come into hosts.toml when it is written, are root's alone there, and can be compared without being asked for again.</summary>
public sealed class RegistryResourceTests : IDisposable
{
    private const string Path = "/etc/containerd/certs.d/registry.example:5000/hosts.toml";
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_secret_of_a_file_is_written_for_root_alone_and_written_anew_when_it_changes()
    {
        node.Put("/etc/secret", "user:first\n", Slipway.Hosting.Modes.Mode600);
        var registry = Of(new SecretRef.FromFile("/etc/secret"));
        Assert.Equal(new Finding.Differs($"write {Path}"), await InspectAsync(registry));
        await registry.ApplyAsync(node.Host, Ct);
        Assert.Equal(Slipway.Hosting.Modes.Mode600, node.Files.Status(Path)!.Mode);
        Assert.Contains($"Basic {Base64("user:first")}", node.Files.ReadText(Path), StringComparison.Ordinal);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(registry));
        node.Put("/etc/secret", "user:second\n", Slipway.Hosting.Modes.Mode600);
        Assert.IsType<Finding.Differs>(await InspectAsync(registry));
        await registry.ApplyAsync(node.Host, Ct);
        Assert.Contains($"Basic {Base64("user:second")}", node.Files.ReadText(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_whose_file_is_gone_stands_in_the_way_only_while_it_is_needed()
    {
        var registry = Of(new SecretRef.FromFile("/etc/secret"));
        Assert.Equal("secret.unreadable", Assert.IsType<Finding.Refused>(await InspectAsync(registry)).Failure.Code);
        node.Put("/etc/secret", "token");
        await registry.ApplyAsync(node.Host, Ct);
        File.Delete(node["/etc/secret"]);
        Assert.Contains("\"Bearer token\"", node.Files.ReadText(Path), StringComparison.Ordinal);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(registry));
    }

    [Fact]
    public async Task A_program_is_run_to_write_its_secret_and_never_to_look()
    {
        var count = node["/count"];
        var registry = Of(new SecretRef.FromExec(new Secret<IReadOnlyList<string>>(["sh", "-c", $"echo x >> {count}; printf 'user:a\"b\\\\c'"])));
        Assert.IsType<Finding.Differs>(await InspectAsync(registry));
        Assert.False(File.Exists(count));
        await registry.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(registry));
        Assert.Single(await File.ReadAllLinesAsync(count, Ct));
        // All but the secret is still compared.
        node.Put(Path, node.Files.ReadText(Path)!.Replace("registry.example", "evil.example", StringComparison.Ordinal), Slipway.Hosting.Modes.Mode600);
        Assert.IsType<Finding.Differs>(await InspectAsync(registry));
    }

    [Fact]
    public async Task Cut_off_before_its_record_the_next_run_records_it_and_its_credentials_go()
    {
        node.Put("/etc/secret", "token");
        var registry = Of(new SecretRef.FromFile("/etc/secret"));
        using (var ledger = Ledger.Open(node.Host, "boot"))
        {
            ledger.Append(LedgerEvent.Intent, "registries", registry.Id, "write it");
            await registry.ApplyAsync(node.Host, Ct);
            var report = new Slipway.Reporting.Report(node.Host.Log, node.Host.Clock, _ => { }, _ => { }, new Slipway.Reporting.NodeStatus { Version = "test" });
            Assert.Equal(0, await Converge.ApplyAsync([new DescribedStep("registries", [registry])], node.Host, ledger, report, Scrutiny.Quick, Ct));
            Assert.Equal(0, await Converge.ApplyAsync([new DescribedStep("registries", [registry])], node.Host, ledger, report, Scrutiny.Quick, Ct));
        }
        var entries = Ledger.Read(node.Files);
        Assert.Equal([LedgerEvent.Intent, LedgerEvent.Done], entries.Select(entry => entry.Event));
        var owned = Assert.Single(Owned.Of(entries));
        Assert.Equal("", await Recorded.Of(owned.Id, owned.Trace, node.Host)!.RemoveAsync(node.Host, owned.Trace, Ct));
        Assert.Null(node.Files.Status(Path));
    }

    [Fact]
    public async Task What_somebody_else_had_there_comes_back()
    {
        node.Put(Path, "server = \"https://other.example\"\n");
        var registry = Of(new SecretRef.Literal(new Secret<string>("user:canary")));
        var before = Assert.IsType<Finding.Differs>(await InspectAsync(registry)).Before;
        await registry.ApplyAsync(node.Host, Ct);
        Assert.DoesNotContain("canary", registry.ToString(), StringComparison.Ordinal);
        await registry.RemoveAsync(node.Host, new Trace(before, registry.After(node.Host)), Ct);
        Assert.Equal("server = \"https://other.example\"\n", node.Files.ReadText(Path));
    }

    [Theory]
    [InlineData("oci://r.example/team/hub", "https://r.example/v2/team/hub", true)]
    [InlineData("oci://r.example:5000", "https://r.example:5000", false)]
    [InlineData("oci://127.0.0.1:5000/a", "http://127.0.0.1:5000/v2/a", true)]
    [InlineData("https://r.example/", "https://r.example", false)]
    [InlineData("https://r.example/v2/hub/", "https://r.example/v2/hub", true)]
    [InlineData("https://r.example/api/docker/hub", "https://r.example/api/docker/hub", false)]
    [InlineData("https://u:p@r.example/x/v2", "https://r.example/x/v2", true)]
    public void A_mirrors_address_is_the_one_of_its_API(string given, string url, bool overrides)
    {
        var endpoint = RegistryEndpoint.Of(new Mirror(Url.TryParse(given, "oci", "https")!, null));
        Assert.Equal((url, overrides), (endpoint.Url, endpoint.OverridesPath));
        Assert.Equal(given.Contains('@', StringComparison.Ordinal), endpoint.Credentials is not null);
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static RegistryResource Of(SecretRef credentials) => new("registry.example:5000", new RegistrySection(null, null, credentials));

    private Task<Finding> InspectAsync(Resource resource) => resource.InspectAsync(node.Host, Scrutiny.Quick, Ct);
}
