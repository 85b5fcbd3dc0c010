using System.Security.Cryptography;
using System.Text;
using Slipway.Lab;

namespace Slipway.Acceptance;

/// <summary>The NodeConfig is found where others serve it: the metadata service, a web server, AWS Systems Manager.</summary>
public sealed class NetworkSourceTests : IAsyncLifetime
{
    private const string Token = "/latest/api/token";
    private static readonly byte[] Config = Encoding.UTF8.GetBytes(Node.Config(new Uri("http://127.0.0.1:1/")));
    private readonly Node node = new();
    private readonly Imds imds = new();

    public ValueTask InitializeAsync()
    {
        node.Put("/etc/slipway/artifacts.lock", new Release().Lock);
        imds.Content["/latest/user-data"] = Config;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        node.Dispose();
        await imds.DisposeAsync();
    }

    [Theory]
    [InlineData("imds:")]
    [InlineData("imds://user-data")]
    public async Task The_metadata_service_gives_user_data_and_the_nodes_name(string source)
    {
        imds.Content["/latest/user-data"] = Archives.Gzip(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(Config).Replace("  node: {name: worker-7}\n", "", StringComparison.Ordinal)));
        (await CheckAsync(source)).Exits(0).Says("from imds:").Says("node ip-10-0-0-7.eu-central-1.compute.internal");
    }

    [Fact]
    public async Task What_the_metadata_service_refuses_is_an_error_and_asked_once()
    {
        imds.Add(new ImdsFault(Token, 403));
        (await CheckAsync("imds:")).Exits(1).Says("imds.refused").Says("turned off").Says("Fix: ");
        Assert.Single(imds.Asked);
        imds.Content.Remove("/latest/user-data");
        (await CheckAsync("imds:")).Exits(78).Says("config.source-empty").Says("the instance has no user data");
    }

    [Fact]
    public async Task Run_waits_for_a_late_metadata_service_and_the_other_commands_do_not()
    {
        imds.Add(new ImdsFault(Token, 500));
        (await CheckAsync("imds:")).Exits(75).Says("http.busy");
        Assert.Single(imds.Asked);
        imds.Add(new ImdsFault(Token, 500));
        imds.Add(new ImdsFault("/latest/user-data", 503));
        node.Put("/etc/slipway/node.d/10-quick.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {timeouts: {download: 1s, total: 2s}}\n");
        var outcome = await RunAsync("run", "--config-source", "imds:", "--log-level", "debug");
        outcome.Says("HTTP 500").Says("HTTP 503").Says("configuration from file:///etc/slipway/node.d + imds:").Says("configuration accepted");
        Assert.All(imds.Tokens, token => Assert.DoesNotContain(token, outcome.All, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_gives_up_when_the_settings_say_so()
    {
        node.Put("/etc/slipway/slipway.yaml", "wait: 1s\n");
        node.Put("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
        for (var more = 0; more < 50; more++)
        {
            imds.Add(new ImdsFault(Token, 500));
        }
        (await RunAsync("run", "--if-configured")).Exits(75).Says("gave up after").Says("http.busy");
    }

    [Fact]
    public async Task The_settings_of_another_root_lead_neither_out_of_it_nor_onto_the_network()
    {
        var outside = Path.GetTempFileName();
        await File.WriteAllBytesAsync(outside, Config, Ct);
        node.Put("/etc/slipway/slipway.yaml", $"sources: ['file://{outside}', imds, 'ssm-parameter:/x']\n");
        (await RunAsync("config", "check")).Exits(78).Says("config.absent");
        (await RunAsync("config", "sources")).Exits(0).Says($"{outside} does not exist").Says("not asked below another root").Says("no source is chosen");
        Assert.Empty(imds.Asked);
        node.Put(outside, System.Text.Encoding.UTF8.GetString(Config));
        (await RunAsync("config", "check")).Exits(0).Says($"from file://{outside}");
        // The caller's own word still counts.
        (await CheckAsync("imds:")).Exits(0).Says("from imds:");
        File.Delete(outside);
    }

    [Fact]
    public async Task A_file_of_a_web_server_is_found_by_its_digest_when_the_settings_trust_its_authority()
    {
        using var authority = Certificates.Authority("early");
        using var certificate = Certificates.Localhost(authority);
        await using var server = new HttpPeer(_ => new PeerReply(200, Config), certificate);
        var source = $"{server.Address.Replace("//", "//user:canary@", StringComparison.Ordinal)}/n?sig=canary#sha256={Convert.ToHexStringLower(SHA256.HashData(Config))}";
        var refused = (await CheckAsync(source)).Exits(1).Says("http.untrusted");
        Trust(authority);
        var found = (await CheckAsync(source)).Exits(0).Says($"from https://***@localhost:{server.Port}/n?***#sha256=");
        var other = (await CheckAsync(source[..^4] + "0000")).Exits(78).Says("config.digest-mismatch").Says("Fix: ");
        var shown = (await RunAsync("config", "show", "--config-source", source)).Exits(0);
        Assert.DoesNotContain("canary", (refused.All + found.All + other.All + shown.All).Replace("canary.0123456789abcdef", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_systems_authorities_are_trusted_beside_those_of_the_settings()
    {
        using var system = Certificates.Authority("system");
        using var own = Certificates.Authority("own");
        using var certificate = Certificates.Localhost(system);
        await using var server = new HttpPeer(_ => new PeerReply(200, Config), certificate);
        Trust(own);
        node.Put("/system.pem", system.ExportCertificatePem());
        var source = $"{server.Address}/n#sha256={Convert.ToHexStringLower(SHA256.HashData(Config))}";
        (await CheckAsync(source)).Exits(1).Says("http.untrusted");
        (await CheckAsync(source, ("SSL_CERT_FILE", node["/system.pem"]))).Exits(0).Says("worker-7");
    }

    [Fact]
    public async Task The_settings_proxy_is_used_before_there_is_a_configuration_and_not_for_the_metadata_service()
    {
        using var authority = Certificates.Authority("early");
        using var certificate = Certificates.Localhost(authority, names: ["config.example"]);
        await using var server = new HttpPeer(_ => new PeerReply(200, Config), certificate);
        await using var proxy = new ForwardProxy(server.Port) { Password = "user:canary" };
        var source = $"https://config.example/n#sha256={Convert.ToHexStringLower(SHA256.HashData(Config))}";
        Trust(authority, $"proxy: {{http: 'http://user:canary@127.0.0.1:{proxy.Port}', https: 'http://user:canary@127.0.0.1:{proxy.Port}'}}\n");
        (await CheckAsync(source)).Exits(0).Says("worker-7");
        Assert.Equal(["CONNECT config.example:443 HTTP/1.1"], proxy.Asked);
        (await CheckAsync("imds:")).Exits(0);
        Assert.Single(proxy.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proxys_password_is_not_told_wherever_it_was_given(bool inSettings)
    {
        await using var proxy = new ForwardProxy(1) { Password = "user:other" };
        var address = $"http://user:canary@127.0.0.1:{proxy.Port}";
        node.Put("/etc/slipway/slipway.yaml", inSettings ? $"proxy: {{https: '{address}'}}\n" : "");
        var outcome = await CheckAsync($"https://config.example/n#sha256={new string('a', 64)}", inSettings ? ("NONE", "") : ("https_proxy", address));
        outcome.Exits(75).Says("407");
        Assert.DoesNotContain("canary", outcome.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_of_AWS_is_found_with_the_credentials_of_the_environment_or_of_the_nodes_files()
    {
        await using var store = new ParameterStore();
        store.Values["/site/worker-7"] = Encoding.UTF8.GetString(Config);
        var endpoint = ("AWS_ENDPOINT_URL", store.Address);
        (await CheckAsync("ssm-parameter:/site/worker-7", endpoint, ("AWS_ACCESS_KEY_ID", ParameterStore.KeyId),
            ("AWS_SECRET_ACCESS_KEY", ParameterStore.Key), ("AWS_REGION", "eu-central-1"))).Exits(0).Says("from ssm-parameter:/site/worker-7");
        var none = (await CheckAsync("ssm-parameter:/site/worker-7", endpoint)).Exits(78).Says("aws.no-credentials");
        node.Put("/aws", $"[default]\naws_access_key_id={ParameterStore.KeyId}\naws_secret_access_key={ParameterStore.Key}\n");
        (string, string)[] files = [endpoint, ("AWS_SHARED_CREDENTIALS_FILE", "/aws")];
        (await CheckAsync("ssm-parameter:/site/worker-7", files)).Exits(0).Says("worker-7");
        var absent = (await CheckAsync("ssm-parameter:/site/other", files)).Exits(78).Says("config.source-empty").Says("ParameterNotFound");
        store.Faults.Enqueue(ParameterStore.Error(400, "AccessDeniedException", "not authorized to perform: ssm:GetParameter"));
        var denied = (await CheckAsync("ssm-parameter:/site/worker-7", files)).Exits(1).Says("aws.denied").Says("ssm:GetParameter in eu-central-1");
        Assert.DoesNotContain(ParameterStore.Key, none.All + absent.All + denied.All, StringComparison.Ordinal);
    }

    private void Trust(System.Security.Cryptography.X509Certificates.X509Certificate2 authority, string more = "") => node.Put("/etc/slipway/slipway.yaml",
        $"{more}trustedCAs: |\n{string.Concat(authority.ExportCertificatePem().Split('\n').Select(line => $"  {line}\n"))}");

    private Task<Outcome> CheckAsync(string source, params (string Name, string Value)[] environment) => RunAsync(["config", "check", "--config-source", source], environment);

    private Task<Outcome> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    private Task<Outcome> RunAsync(string[] arguments, (string Name, string Value)[] environment) => Agent.RunAsync(node.Call(arguments) with
    {
        Environment = new Dictionary<string, string>(environment.Select(pair => KeyValuePair.Create(pair.Name, pair.Value)))
        {
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = imds.Address,
        },
    });
}
