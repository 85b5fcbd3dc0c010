using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>A parameter of AWS Systems Manager, asked for by a signed request.</summary>
public sealed class SsmParameterSourceTests : IAsyncLifetime
{
    private readonly Node node = new();
    private readonly ParameterStore store = new();
    private readonly Slipway.Lab.Imds imds = new();

    public ValueTask InitializeAsync()
    {
        store.Values["/site/node"] = "hello";
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        node.Dispose();
        await store.DisposeAsync();
        await imds.DisposeAsync();
    }

    [Fact]
    public async Task With_the_environments_credentials_the_value_is_found() =>
        Assert.Equal("hello"u8.ToArray(), Assert.Single(Assert.IsType<SourceResult.Found>(await AskAsync()).Payloads).Bytes.ToArray());

    [Fact]
    public async Task A_temporary_key_brings_its_session_token()
    {
        store.SessionToken = "canary-session";
        Assert.IsType<SourceResult.Found>(await AskAsync(OfEnvironment() with { SessionToken = "canary-session" }));
        Assert.Equal("aws.denied", (await FailureAsync(OfEnvironment() with { SessionToken = "canary-old" })).Code);
    }

    [Theory]
    [InlineData("default", "[default]", "[default]")]
    [InlineData("site", "[site]", "[profile site]")]
    public async Task The_nodes_files_have_the_credentials_and_the_region(string profile, string credentials, string config)
    {
        node.Put("/root/.aws/credentials", $"# made by hand\n[other]\naws_access_key_id = x\n\n{credentials}\naws_access_key_id = {ParameterStore.KeyId}\n"
            + $"aws_secret_access_key={ParameterStore.Key}\naws_session_token = canary-session\n[last]\n");
        node.Put("/root/.aws/config", $"[profile other]\nregion = us-east-1\n{config}\nregion = eu-west-1\noutput = json\n");
        (store.SessionToken, store.Region) = ("canary-session", "eu-west-1");
        Assert.IsType<SourceResult.Found>(await AskAsync(Bare() with { Profile = profile }));
        Assert.Empty(imds.Asked);
    }

    [Fact]
    public async Task An_instance_asks_by_its_role_in_its_region()
    {
        store.SessionToken = "canary-session";
        imds.Content["/latest/meta-data/iam/security-credentials/"] = "node-role"u8.ToArray();
        imds.Content["/latest/meta-data/iam/security-credentials/node-role"] = System.Text.Encoding.UTF8.GetBytes(
            $$"""{"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "{{ParameterStore.KeyId}}", "SecretAccessKey": "{{ParameterStore.Key}}", "Token": "canary-session"}""");
        Assert.IsType<SourceResult.Found>(await AskAsync(Bare()));
    }

    [Fact]
    public async Task An_arn_says_the_region_itself()
    {
        const string Arn = "arn:aws:ssm:eu-north-1:123456789012:parameter/shared";
        (store.Region, store.Values[Arn]) = ("eu-north-1", "hello");
        Assert.IsType<SourceResult.Found>(await AskAsync(OfEnvironment() with { Region = null }, Arn));
    }

    [Fact]
    public async Task No_such_parameter_is_absent_and_tells_the_region()
    {
        var absent = Assert.IsType<SourceResult.Absent>(await AskAsync(null, "/site/other"));
        Assert.Contains("ssm:GetParameter in eu-central-1: ParameterNotFound", absent.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_without_a_role_has_no_credentials() => Assert.Equal("aws.no-credentials", (await FailureAsync(Bare() with { Region = "eu-central-1" })).Code);

    [Fact]
    public async Task A_profile_without_a_key_is_said_to_be_incomplete()
    {
        node.Put("/root/.aws/credentials", $"[default]\naws_access_key_id = {ParameterStore.KeyId}\n");
        var failure = await FailureAsync(Bare() with { Region = "eu-central-1" });
        Assert.Equal("aws.no-credentials", failure.Code);
        Assert.Contains("/root/.aws/credentials", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_region_anywhere_is_said()
    {
        imds.Content.Clear();
        Assert.Equal("aws.no-region", (await FailureAsync(OfEnvironment() with { Region = null })).Code);
    }

    [Fact]
    public async Task Where_there_is_no_metadata_service_the_missing_credentials_are_the_cause()
    {
        var failure = await FailureAsync(Bare() with { Region = "eu-central-1", MetadataEndpoint = $"http://127.0.0.1:{LoopbackServer.FreePort()}" });
        Assert.Contains("no AWS credentials in the environment", failure.What, StringComparison.Ordinal);
        Assert.True(failure.IsTransient);
    }

    [Theory]
    [InlineData(400, "AccessDeniedException", "aws.denied", false)]
    [InlineData(400, "UnrecognizedClientException", "aws.denied", false)]
    [InlineData(400, "ExpiredTokenException", "aws.denied", false)]
    [InlineData(400, "com.amazonaws.ssm#AccessDeniedException", "aws.denied", false)]
    [InlineData(400, "ThrottlingException", "http.busy", true)]
    [InlineData(400, "InternalServerError", "http.busy", true)]
    [InlineData(500, "InternalServerError", "http.busy", true)]
    [InlineData(503, "", "http.busy", true)]
    [InlineData(400, "InvalidKeyId", "aws.refused", false)]
    public async Task What_AWS_refuses_tells_the_action_and_whether_to_ask_again(int status, string type, string code, bool transient)
    {
        store.Faults.Enqueue(ParameterStore.Error(status, type, "not authorized to perform: ssm:GetParameter\non it"));
        var failure = await FailureAsync(OfEnvironment());
        Assert.Equal((code, transient), (failure.Code, failure.IsTransient));
        Assert.True(transient || failure.What.Contains("ssm:GetParameter in eu-central-1", StringComparison.Ordinal), failure.What);
        Assert.DoesNotContain("\n", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_off_may_be_right_later()
    {
        var failure = await FailureAsync(OfEnvironment(), new ManualClock());
        Assert.Equal(("aws.clock-skew", true), (failure.Code, failure.IsTransient));
    }

    [Fact]
    public async Task An_answer_that_is_none_of_AWS_is_refused()
    {
        store.Faults.Enqueue(new PeerReply(200, "<html>"u8.ToArray()));
        Assert.Equal("aws.refused", (await FailureAsync(OfEnvironment())).Code);
        store.Faults.Enqueue(new PeerReply(403, "<html>"u8.ToArray()));
        Assert.Equal("aws.refused", (await FailureAsync(OfEnvironment())).Code);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_signed_request_follows_nobody_elsewhere(int status)
    {
        await using var other = new HttpPeer(_ => new PeerReply(200));
        store.SessionToken = "canary-session";
        store.Faults.Enqueue(new PeerReply(status) { Headers = $"Location: {other.Address}/\r\n" });
        Assert.Equal("http.refused", (await FailureAsync(OfEnvironment() with { SessionToken = "canary-session" })).Code);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Neither_key_nor_token_is_ever_told()
    {
        store.SessionToken = "canary-session";
        var said = new List<string>
        {
            (await FailureAsync(OfEnvironment() with { SessionToken = "canary-old" })).ToString(),
            // The wrong key: the answer repeats all that was signed.
            (await FailureAsync(OfEnvironment() with { SessionToken = "canary-session", SecretAccessKey = "canary-wrong" })).ToString(),
            OfEnvironment().ToString(),
            new AwsCredentials("id", "canary", "canary").ToString(),
        };
        Assert.Contains("InvalidSignatureException", said[1], StringComparison.Ordinal);
        Assert.DoesNotContain("canary", string.Concat(said) + string.Concat(node.Lines), StringComparison.Ordinal);
    }

    private AwsEnvironment Bare() => new() { EndpointUrl = store.Address, MetadataEndpoint = imds.Address };

    private AwsEnvironment OfEnvironment() =>
        Bare() with { AccessKeyId = ParameterStore.KeyId, SecretAccessKey = ParameterStore.Key, Region = "eu-central-1" };

    private async Task<Slipway.Reporting.Failure> FailureAsync(AwsEnvironment environment, TimeProvider? clock = null) =>
        Assert.IsType<SourceResult.Unreachable>(await AskAsync(environment, clock: clock)).Failure;

    private Task<SourceResult> AskAsync(AwsEnvironment? environment = null, string name = "/site/node", TimeProvider? clock = null) =>
        ConfigSource.Parse($"ssm-parameter:{name}").ReadAsync(
            new Host
            {
                Files = node.Files,
                Processes = node.Host.Processes,
                Services = node.Host.Services,
                Http = node.Host.Http,
                Clock = clock ?? node.Host.Clock,
                Log = node.Host.Log,
                Aws = environment ?? OfEnvironment(),
            }, Ct);
}
