using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>The agent's own settings are read as strictly as a NodeConfig.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void No_file_and_an_empty_one_set_nothing()
    {
        foreach (var text in (string?[])[null, "", "# nothing yet\n", "---\n", "{}"])
        {
            var settings = Settings.Read(text is null ? null : Encoding.UTF8.GetBytes(text));
            Assert.Empty(settings.Problems);
            Assert.Null(settings.Sources);
            Assert.Equal((TimeSpan.FromSeconds(60), 0u), (settings.Wait, settings.GuestinfoContextId));
        }
    }

    [Fact]
    public void Every_field_is_read()
    {
        using var authority = Certificates.Authority("early");
        var settings = Read($"""
            sources: [imds, "nocloud:", "credential:nodeconfig", ssm-parameter:/site/node, file:///srv/node.yaml, "https://config.example/n#sha256={new string('a', 64)}"]
            wait: 5m
            proxy:
              http: http://proxy.example:3128
              https: http://user:pass@proxy.example:3128
              noProxy: [10.0.0.0/8, "fd00::/8", .example.com, "*.example.org", registry.local, "host:8443", "*", 192.0.2.7, "fd00::7"]
            trustedCAs: |
            {Indented(authority.ExportCertificatePem())}
            guestinfo:
              contextId: 2
            """);
        Assert.Empty(settings.Problems);
        Assert.Equal(["imds:", "nocloud:"], settings.Sources!.Take(2));
        Assert.Equal(6, settings.Sources!.Count);
        Assert.Equal((TimeSpan.FromMinutes(5), 2u), (settings.Wait, settings.GuestinfoContextId));
        Assert.Equal("http://user:pass@proxy.example:3128", settings.Proxy!.Https!.Reveal());
        Assert.Equal(9, settings.Proxy.NoProxy!.Count);
        Assert.Contains("BEGIN CERTIFICATE", settings.TrustedCAs, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("guestinfo")]
    [InlineData("cloud-init")]
    [InlineData("nocloud")]
    [InlineData("configdrive")]
    [InlineData("imds")]
    [InlineData("fwcfg")]
    [InlineData("fwcfg:opt/org.example/config")]
    [InlineData("cmdline")]
    [InlineData("credential:nodeconfig")]
    [InlineData("ssm-parameter:arn:aws:ssm:eu-north-1:123456789012:parameter/shared")]
    [InlineData("file:///srv/node.d")]
    [InlineData("https://config.example/n?a=b#sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_source_that_the_settings_may_name_is_one_that_the_command_line_knows(string name)
    {
        var settings = Read($"sources: ['{name}']");
        Assert.Empty(settings.Problems);
        var source = Slipway.Sources.ConfigSource.Parse(Assert.Single(settings.Sources!));
        Assert.Equal(name.Contains(':', StringComparison.Ordinal) ? name : name + ":", source.Name.Replace("?***", "?a=b", StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_of_the_documentation_names_every_field_and_holds()
    {
        var text = File.ReadAllText(Path.Join(Source.Repository, "docs/configuration.md"));
        var example = text[text.IndexOf("# /etc/slipway/slipway.yaml", StringComparison.Ordinal)..];
        example = example[..example.IndexOf("```", StringComparison.Ordinal)];
        var settings = Read(example);
        Assert.Empty(settings.Problems);
        Assert.Equal((3, TimeSpan.FromMinutes(2), 2), (settings.Sources!.Count, settings.Wait, settings.Proxy!.NoProxy!.Count));
        Assert.All(SettingsSchema.Root.Fields, field => Assert.Contains($"\n{field.Name}:", example, StringComparison.Ordinal));
    }

    [Fact]
    public void Json_is_taken_as_well() => Assert.Equal(TimeSpan.FromSeconds(90), Read("""{"wait": "90s"}""").Wait);

    [Theory]
    [InlineData("wiat: 5m", "config.unknown-field", "did you mean \"wait\"?")]
    [InlineData("spec: {}", "config.unknown-field", "sources, wait, proxy, trustedCAs, guestinfo")]
    [InlineData("http: http://proxy.example", "config.unknown-field", "it belongs into proxy")]
    [InlineData("wait: 5m\nwait: 6m", "config.duplicate-field", "line 1")]
    [InlineData("wait: 60", "config.invalid-value", "90s")]
    [InlineData("wait: [60s]", "config.wrong-type", "a list")]
    [InlineData("sources: imds", "config.wrong-type", "a list")]
    [InlineData("sources: [imdsv2]", "config.invalid-value", "imds, fwcfg")]
    [InlineData("sources:\n- imds:", "config.wrong-type", "imds, fwcfg")]
    [InlineData("sources: ['-']", "config.invalid-value", "imds, fwcfg")]
    [InlineData("sources: [https://config.example/n]", "config.invalid-value", "#sha256=HEX")]
    [InlineData("sources: ['file://relative']", "config.invalid-value", "file:///PATH")]
    [InlineData("sources: ['file:///a/../b']", "config.invalid-value", "file:///PATH")]
    [InlineData("sources: ['credential:']", "config.invalid-value", "credential:NAME")]
    [InlineData("proxy: {https: proxy.example:3128}", "config.invalid-value", "https://")]
    [InlineData("proxy: {noProxy: [10.0.0.0/33]}", "config.invalid-value", "10.0.0.0/8")]
    [InlineData("proxy: {noProxy: 10.0.0.0/8}", "config.wrong-type", "a list")]
    [InlineData("proxy: http://proxy.example", "config.wrong-type", "http, https, noProxy")]
    [InlineData("trustedCAs: /etc/ssl/ca.pem", "config.invalid-value", "BEGIN CERTIFICATE")]
    [InlineData("trustedCAs: \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"", "config.invalid-value", "BEGIN CERTIFICATE")]
    [InlineData("guestinfo: {contextId: -1}", "config.invalid-value", "from 0")]
    [InlineData("guestinfo: {cid: 1}", "config.unknown-field", "contextId")]
    [InlineData("- wait: 5m", "config.wrong-type", "a mapping")]
    [InlineData("wait: 5m\n---\nwait: 6m", "config.syntax", "one document")]
    [InlineData("wait: {", "config.syntax", "YAML")]
    public void A_mistake_is_named_with_its_place_and_nothing_counts(string text, string code, string says)
    {
        var settings = Read(text);
        var problem = Assert.Single(settings.Problems);
        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("/etc/slipway/slipway.yaml:", problem.ToString(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.Wait);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_each_where_it_is()
    {
        var problems = Read("wiat: 5m\nproxy:\n  htps: http://p.example\n  http: 7\n").Problems;
        Assert.Equal([(1, 1), (3, 3), (4, 9)], problems.Select(problem => (problem.At.Line, problem.At.Column)));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_a_mistake() => Assert.Equal("config.utf8-invalid", Assert.Single(Settings.Read([0x61, 0xff]).Problems).Code);

    [Theory]
    [InlineData("proxy: {https: 'ftp://user:canary@proxy.example'}")]
    [InlineData("proxy: {htps: 'http://user:canary@proxy.example'}")]
    [InlineData("sources: ['https://user:canary@config.example/n']")]
    public void A_password_in_an_address_is_not_told(string text) =>
        Assert.DoesNotContain("canary", Assert.Single(Read(text).Problems).ToString(), StringComparison.Ordinal);

    private static Settings Read(string text) => Settings.Read(Encoding.UTF8.GetBytes(text));

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(line => $"  {line}"));
}
