using Slipway.Config;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>EC2's metadata service by its second version, and never by its first.</summary>
public sealed class ImdsSourceTests : IAsyncLifetime
{
    private const string UserData = "/latest/user-data";
    private const string Token = "/latest/api/token";
    private readonly Node node = new();
    private readonly Slipway.Lab.Imds imds = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        node.Dispose();
        await imds.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task User_data_comes_with_what_the_instance_is_packed_or_not(bool packed)
    {
        imds.Content[UserData] = packed ? Archives.Gzip("hello"u8.ToArray()) : "hello"u8.ToArray();
        var found = Assert.IsType<SourceResult.Found>(await AskAsync());
        Assert.Equal("hello"u8, Assert.Single(found.Payloads).Bytes.Span);
        Assert.Equal(("i-0123456789abcdef0", "ip-10-0-0-7.eu-central-1.compute.internal"), (found.Instance.InstanceId, found.Instance.LocalHostname));
        Assert.Equal("eu-central-1", ((ScalarNode)((MappingNode)found.Instance.MetaData!.Find("placement")!).Find("region")!).Raw);
        Assert.Equal([$"PUT {Token}", $"GET {UserData}"], imds.Asked.Take(2));
    }

    [Fact]
    public async Task An_instance_without_user_data_has_none()
    {
        Assert.IsType<SourceResult.Absent>(await AskAsync());
        imds.Content[UserData] = [];
        Assert.IsType<SourceResult.Absent>(await AskAsync());
    }

    [Fact]
    public async Task More_user_data_than_EC2_gives_is_taken_and_too_much_is_not()
    {
        imds.Content[UserData] = new byte[1 << 20];
        Assert.IsType<SourceResult.Found>(await AskAsync());
        imds.Content[UserData] = new byte[(16 << 20) + 1];
        Assert.Equal("config.too-large", Assert.IsType<SourceResult.Malformed>(await AskAsync()).Failure.Code);
    }

    [Fact]
    public async Task Metadata_that_is_not_there_is_left_out()
    {
        imds.Content.Clear();
        imds.Content[UserData] = "hello"u8.ToArray();
        var instance = Assert.IsType<SourceResult.Found>(await AskAsync()).Instance;
        Assert.Equal((null, null), (instance.InstanceId, instance.LocalHostname));
    }

    [Fact]
    public async Task A_host_name_for_each_search_domain_is_the_first_of_them()
    {
        imds.Content[UserData] = "hello"u8.ToArray();
        imds.Content["/latest/meta-data/local-hostname"] = "ip-10-0-0-7.a.example ip-10-0-0-7.b.example"u8.ToArray();
        Assert.Equal("ip-10-0-0-7.a.example", Assert.IsType<SourceResult.Found>(await AskAsync()).Instance.LocalHostname);
    }

    [Theory]
    [InlineData(Token, 500, "http.busy", true)]
    [InlineData(Token, 503, "http.busy", true)]
    [InlineData(Token, 429, "http.busy", true)]
    [InlineData(UserData, 500, "http.busy", true)]
    [InlineData("/latest/meta-data/instance-id", 503, "http.busy", true)]
    [InlineData(Token, 400, "imds.refused", false)]
    [InlineData(Token, 403, "imds.refused", false)]
    [InlineData(Token, 404, "imds.refused", false)]
    [InlineData(Token, 405, "imds.refused", false)]
    [InlineData(UserData, 400, "imds.refused", false)]
    [InlineData(UserData, 403, "imds.refused", false)]
    [InlineData(UserData, 302, "imds.refused", false)]
    public async Task A_refusal_tells_whether_to_ask_again(string path, int status, string code, bool transient)
    {
        imds.Content[UserData] = "hello"u8.ToArray();
        imds.Add(new ImdsFault(path, status));
        var failure = Assert.IsType<SourceResult.Unreachable>(await AskAsync()).Failure;
        Assert.Equal((code, transient), (failure.Code, failure.IsTransient));
        Assert.Contains(path, failure.What, StringComparison.Ordinal);
        // Without a token nothing else was tried.
        Assert.True(path != Token || imds.Asked.Count == 1);
    }

    [Fact]
    public async Task A_token_that_has_expired_is_renewed_once()
    {
        imds.Content[UserData] = "hello"u8.ToArray();
        imds.Add(new ImdsFault(UserData, 401));
        Assert.IsType<SourceResult.Found>(await AskAsync());
        Assert.Equal([$"PUT {Token}", $"GET {UserData}", $"PUT {Token}", $"GET {UserData}"], imds.Asked.Take(4));
        imds.Add(new ImdsFault(UserData, 401));
        imds.Add(new ImdsFault(UserData, 401));
        Assert.Equal("imds.refused", Assert.IsType<SourceResult.Unreachable>(await AskAsync()).Failure.Code);
    }

    [Fact]
    public async Task A_slow_service_is_waited_for_and_a_mute_one_given_up()
    {
        imds.Content[UserData] = "hello"u8.ToArray();
        imds.Add(new ImdsFault(Token, 200) { Delay = TimeSpan.FromSeconds(2) });
        Assert.IsType<SourceResult.Found>(await AskAsync());
        imds.Add(new ImdsFault(UserData, 200) { Delay = Timeout.InfiniteTimeSpan });
        Assert.Equal("http.unreachable", Assert.IsType<SourceResult.Unreachable>(await AskAsync()).Failure.Code);
    }

    [Fact]
    public async Task Where_nobody_listens_it_is_unreachable() =>
        Assert.Equal("http.unreachable", Assert.IsType<SourceResult.Unreachable>(await AskAsync($"http://127.0.0.1:{LoopbackServer.FreePort()}")).Failure.Code);

    [Fact]
    public async Task An_address_that_is_none_is_said_to_be() =>
        Assert.Contains("AWS_EC2_METADATA_SERVICE_ENDPOINT", Assert.IsType<SourceResult.Unreachable>(await AskAsync("169.254.169.254")).Failure.What, StringComparison.Ordinal);

    [Fact]
    public async Task An_answer_that_is_no_token_is_not_used_as_one()
    {
        await using var portal = new HttpPeer(_ => new PeerReply(200, "<html>\r\nlog in first</html>"u8.ToArray()));
        Assert.Equal("imds.refused", Assert.IsType<SourceResult.Unreachable>(await AskAsync(portal.Address)).Failure.Code);
        Assert.Single(portal.Requests);
    }

    [Fact]
    public async Task A_token_is_never_told()
    {
        imds.Content[UserData] = "hello"u8.ToArray();
        imds.Add(new ImdsFault(UserData, 403));
        var result = await AskAsync();
        Assert.NotEmpty(imds.Tokens);
        Assert.DoesNotContain("canary", result + string.Concat(node.Lines), StringComparison.Ordinal);
    }

    private Task<SourceResult> AskAsync(string? endpoint = null) => ConfigSource.Parse("imds:").ReadAsync(
        new Host
        {
            Files = node.Files,
            Processes = node.Host.Processes,
            Services = node.Host.Services,
            Http = node.Host.Http,
            Clock = node.Host.Clock,
            Log = node.Host.Log,
            Aws = new AwsEnvironment { MetadataEndpoint = endpoint ?? imds.Address },
        }, Ct);
}
