using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>A file of a web server is taken when it is the one whose digest was given.</summary>
public sealed class HttpsSourceTests : IDisposable
{
    private readonly Node node = new();
    private readonly X509Certificate2 authority = Certificates.Authority("early");
    private readonly X509Certificate2 certificate;
    private readonly Http http;

    public HttpsSourceTests()
    {
        certificate = Certificates.Localhost(authority);
        http = new Http(new Reach { TrustedCAs = authority.ExportCertificatePem() });
    }

    public void Dispose()
    {
        node.Dispose();
        http.Dispose();
        authority.Dispose();
        certificate.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_digest_is_of_the_bytes_as_they_are_delivered(bool packed)
    {
        var bytes = packed ? Archives.Gzip("hello"u8.ToArray()) : "hello"u8.ToArray();
        await using var server = Server(new PeerReply(200, bytes));
        var found = Assert.IsType<SourceResult.Found>(await AskAsync($"{server.Address}/n#sha256={Digest(bytes).ToUpperInvariant()}"));
        Assert.Equal("hello"u8, Assert.Single(found.Payloads).Bytes.Span);
    }

    [Fact]
    public async Task Other_bytes_are_broken_and_both_digests_are_told_but_no_credentials()
    {
        await using var server = Server(new PeerReply(200, "hello"u8.ToArray()));
        var wanted = new string('a', 64);
        var failure = Assert.IsType<SourceResult.Malformed>(
            await AskAsync($"{server.Address.Replace("//", "//user:canary@", StringComparison.Ordinal)}/n?sig=canary#sha256={wanted}")).Failure;
        Assert.Equal("config.digest-mismatch", failure.Code);
        Assert.All([wanted, Digest("hello"u8.ToArray()), $"localhost:{server.Port}/n"], text => Assert.Contains(text, failure.What, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal($"Basic {Convert.ToBase64String("user:canary"u8)}", server.Requests[0].Headers["authorization"]);
        Assert.Equal("/n?sig=canary", server.Requests[0].Target);
    }

    [Theory]
    [InlineData(503, "http.busy", true)]
    [InlineData(429, "http.busy", true)]
    [InlineData(403, "http.refused", false)]
    public async Task A_refusal_tells_whether_to_ask_again(int status, string code, bool transient)
    {
        await using var server = Server(new PeerReply(status));
        var failure = Assert.IsType<SourceResult.Unreachable>(await AskAsync($"{server.Address}/n#sha256={new string('a', 64)}")).Failure;
        Assert.Equal((code, transient), (failure.Code, failure.IsTransient));
    }

    [Fact]
    public async Task What_is_not_there_is_absent_and_too_much_is_broken()
    {
        await using var none = Server(new PeerReply(404));
        await using var large = Server(new PeerReply(200, new byte[(16 << 20) + 1]));
        Assert.IsType<SourceResult.Absent>(await AskAsync($"{none.Address}/n#sha256={new string('a', 64)}"));
        Assert.Equal("config.too-large", Assert.IsType<SourceResult.Malformed>(await AskAsync($"{large.Address}/n#sha256={new string('a', 64)}")).Failure.Code);
    }

    [Fact]
    public async Task A_redirect_never_leaves_https_and_takes_no_credentials_along()
    {
        var bytes = "hello"u8.ToArray();
        await using var plain = new HttpPeer(_ => new PeerReply(200, bytes));
        await using var other = Server(new PeerReply(200, bytes));
        await using var down = Server(new PeerReply(302) { Headers = $"Location: {plain.Address}/\r\n" });
        await using var along = Server(new PeerReply(302) { Headers = $"Location: {other.Address}/\r\n" });
        Assert.IsType<SourceResult.Unreachable>(await AskAsync($"{down.Address}/n#sha256={Digest(bytes)}"));
        Assert.Empty(plain.Requests);
        Assert.IsType<SourceResult.Found>(await AskAsync($"{along.Address.Replace("//", "//user:canary@", StringComparison.Ordinal)}/n#sha256={Digest(bytes)}"));
        Assert.False(other.Requests[0].Headers.ContainsKey("authorization"));
    }

    [Theory]
    [InlineData("https://config.example/n")]
    [InlineData("https://config.example/n#sha256=abc")]
    [InlineData("http://user:canary@config.example/n#sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Without_a_digest_or_without_https_it_is_no_source(string name)
    {
        var failure = Assert.Throws<FailureException>(() => ConfigSource.Parse(name)).Failure;
        Assert.Equal("usage.unknown-source", failure.Code);
        Assert.Contains("https://…#sha256=HEX", failure.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private HttpPeer Server(PeerReply reply) => new(_ => reply, certificate);

    private Task<SourceResult> AskAsync(string name) => ConfigSource.Parse(name).ReadAsync(
        new Host
        {
            Files = node.Files,
            Processes = node.Host.Processes,
            Services = node.Host.Services,
            Http = http,
            Clock = node.Host.Clock,
            Log = node.Host.Log,
        }, Ct);
}
