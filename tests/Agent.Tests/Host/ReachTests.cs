using System.Net;
using System.Security.Cryptography.X509Certificates;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Reporting;

namespace Slipway.Tests.Hosting;

/// <summary>The operator's proxy and authorities hold before there is any configuration.</summary>
public sealed class ReachTests : IDisposable
{
    private readonly X509Certificate2 authority = Certificates.Authority("early");

    public void Dispose() => authority.Dispose();

    [Fact]
    public async Task Https_goes_through_its_proxy_and_trusts_the_operators_authority()
    {
        using var certificate = Certificates.Localhost(authority, names: ["config.example"]);
        await using var server = new HttpPeer(_ => new PeerReply(200, "hello"u8.ToArray()), certificate);
        await using var proxy = new ForwardProxy(server.Port);
        using var http = new Http(new Reach { HttpsProxy = $"http://127.0.0.1:{proxy.Port}", TrustedCAs = authority.ExportCertificatePem() });
        using var response = await http.GetAsync(new Uri("https://config.example/n"), Ct);
        Assert.Equal("hello", await Http.ReadTextAsync(response, Ct));
        // The client may open a second connection while the first decides between HTTP/2 and 1.1.
        Assert.Equal(["CONNECT config.example:443 HTTP/1.1"], proxy.Asked.Distinct());
    }

    [Theory]
    [InlineData("http://config.example/n", true)]
    [InlineData("http://other.example/n", true)]
    [InlineData("http://127.0.0.1:PORT/n", false)]
    [InlineData("http://localhost:PORT/n", false)]
    public async Task Http_goes_through_its_proxy_unless_it_is_this_machine(string url, bool proxied)
    {
        await using var server = new HttpPeer(_ => new PeerReply(200, "hello"u8.ToArray()));
        await using var proxy = new ForwardProxy(server.Port) { Password = "user:canary/p@ss" };
        using var http = new Http(new Reach { HttpProxy = $"http://user:canary%2Fp%40ss@127.0.0.1:{proxy.Port}" });
        using var response = await http.GetAsync(new Uri(url.Replace("PORT", $"{server.Port}", StringComparison.Ordinal)), Ct);
        Assert.Equal("hello", await Http.ReadTextAsync(response, Ct));
        Assert.Equal(proxied ? [$"GET {url} HTTP/1.1"] : [], proxy.Asked);
    }

    [Theory]
    [InlineData("http://config.example/n")]
    [InlineData("https://config.example/n")]
    public async Task A_proxys_password_is_not_told_when_it_is_wrong(string url)
    {
        await using var proxy = new ForwardProxy(1) { Password = "user:other" };
        var address = $"http://user:canary@127.0.0.1:{proxy.Port}";
        using var http = new Http(new Reach { HttpProxy = address, HttpsProxy = address });
        var failure = (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(new Uri(url), Ct))).ToString();
        Assert.Contains("407", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/user-data")]
    [InlineData("http://[fd00:ec2::254]/latest/user-data")]
    [InlineData("http://localhost:8080/")]
    [InlineData("http://127.3.2.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("https://10.9.8.7/", "10.0.0.0/8")]
    [InlineData("https://10.9.8.7/", "10.9.8.6/31")]
    [InlineData("https://10.9.8.7:6443/", "10.9.8.7")]
    [InlineData("https://[fd00::7]/", "fd00::/8")]
    [InlineData("https://registry.example.com/", "example.com")]
    [InlineData("https://example.com/", "example.com")]
    [InlineData("https://registry.example.com/", ".example.com")]
    [InlineData("https://registry.example.com/", "*.example.com")]
    [InlineData("https://REGISTRY.Example.com./", "registry.example.COM")]
    [InlineData("https://registry.local:8443/", "registry.local:8443")]
    [InlineData("https://anything.example/", "*")]
    public void These_are_reached_without_a_proxy(string url, params string[] noProxy) => Assert.True(Choice(noProxy).IsBypassed(new Uri(url)));

    [Theory]
    [InlineData("https://169.254.169.253/")]
    [InlineData("https://11.9.8.7/", "10.0.0.0/8")]
    [InlineData("https://10.9.8.8/", "10.9.8.6/31")]
    [InlineData("https://[fd00::7]/", "10.0.0.0/8", "fe00::/8")]
    [InlineData("https://example.com/", ".example.com")]
    [InlineData("https://example.com/", "*.example.com")]
    [InlineData("https://notexample.com/", "example.com", ".example.com")]
    [InlineData("https://registry.local/", "registry.local:8443")]
    public void These_go_through_it(string url, params string[] noProxy) => Assert.Equal("http://proxy.example:3128/", Choice(noProxy).GetProxy(new Uri(url))!.ToString());

    [Fact]
    public void Where_only_one_of_the_two_is_set_the_other_is_the_environments()
    {
        var environment = new WebProxy("http://env.example:8080") { BypassList = ["near\\.example"], Credentials = new NetworkCredential("user", "theirs") };
        var choice = new ProxyChoice(new Reach { HttpsProxy = "http://user:ours@proxy.example:3128" }, environment);
        var (http, https) = (choice.GetProxy(new Uri("http://config.example/"))!, choice.GetProxy(new Uri("https://near.example/"))!);
        Assert.Equal(("http://env.example:8080/", "http://proxy.example:3128/"), (http.ToString(), https.ToString()));
        Assert.Equal(("theirs", "ours"), (choice.Credentials!.GetCredential(http, "Basic")?.Password, choice.Credentials.GetCredential(https, "Basic")?.Password));
        Assert.True(choice.IsBypassed(new Uri("http://near.example/")));
        Assert.False(choice.IsBypassed(new Uri("http://config.example/")));
    }

    [Fact]
    public void Where_the_environment_has_no_proxy_either_it_goes_straight()
    {
        var choice = new ProxyChoice(new Reach { HttpsProxy = "http://proxy.example:3128" }, new WebProxy());
        Assert.Null(choice.GetProxy(new Uri("http://config.example/")));
        Assert.True(choice.IsBypassed(new Uri("http://config.example/")));
    }

    [Fact]
    public async Task An_authority_that_nobody_named_is_not_trusted_and_a_certificate_out_of_date_waits_for_the_clock()
    {
        using var stranger = Certificates.Authority("stranger");
        using var certificate = Certificates.Localhost(stranger);
        using var old = Certificates.Localhost(authority, endsInDays: 0);
        await using var server = new HttpPeer(_ => new PeerReply(200), certificate);
        await using var late = new HttpPeer(_ => new PeerReply(200), old);
        using var http = new Http(new Reach { TrustedCAs = authority.ExportCertificatePem() });
        Assert.Equal("http.untrusted", (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(new Uri(server.Address), Ct))).Failure.Code);
        Assert.Equal("http.unreachable", (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(new Uri(late.Address), Ct))).Failure.Code);
    }

    [Fact]
    public async Task The_link_is_asked_without_a_proxy_and_sends_nobody_elsewhere()
    {
        await using var other = new HttpPeer(_ => new PeerReply(200));
        await using var near = new HttpPeer(_ => new PeerReply(302) { Headers = $"Location: {other.Address}/\r\n" });
        await using var proxy = new ForwardProxy(other.Port);
        using var http = new Http(new Reach { HttpProxy = $"http://127.0.0.1:{proxy.Port}" });
        using var request = new HttpRequestMessage(HttpMethod.Get, near.Address);
        Assert.Equal(302, (await http.ExchangeAsync(request, TimeSpan.FromSeconds(10), 100, isNear: true, Ct)).Status);
        Assert.Empty(proxy.Asked);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("user:canary%2Fp%40ss", "user:canary/p@ss")]
    [InlineData("user", "user:")]
    public async Task Credentials_in_an_address_are_sent_whoever_asks_and_to_that_server_alone(string written, string sent)
    {
        await using var other = new HttpPeer(_ => new PeerReply(200));
        await using var server = new HttpPeer(_ => new PeerReply(302) { Headers = $"Location: {other.Address}/\r\n" });
        using var http = new Http();
        var url = new Uri(server.Address.Replace("//", $"//{written}@", StringComparison.Ordinal));
        using var response = await http.GetAsync(url, Ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        await http.ExchangeAsync(request, TimeSpan.FromSeconds(10), 100, isNear: false, Ct);
        Assert.Equal(Enumerable.Repeat($"Basic {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(sent))}", 2),
            server.Requests.Select(asked => asked.Headers.GetValueOrDefault("authorization")));
        Assert.Equal(2, other.Requests.Count);
        Assert.All(other.Requests, asked => Assert.False(asked.Headers.ContainsKey("authorization")));
    }

    [Fact]
    public async Task An_endless_body_is_cut_off_and_a_slow_one_given_up()
    {
        await using var large = new HttpPeer(_ => new PeerReply(200, new byte[4 << 20]) { Unmeasured = true });
        await using var slow = new HttpPeer(_ => new PeerReply(200) { Delay = TimeSpan.FromSeconds(20) });
        using var http = new Http();
        using var first = new HttpRequestMessage(HttpMethod.Get, large.Address);
        using var second = new HttpRequestMessage(HttpMethod.Get, slow.Address);
        Assert.Equal("http.too-large", (await Assert.ThrowsAsync<FailureException>(
            () => http.ExchangeAsync(first, TimeSpan.FromSeconds(10), 1 << 20, isNear: false, Ct))).Failure.Code);
        Assert.Equal("http.unreachable", (await Assert.ThrowsAsync<FailureException>(
            () => http.ExchangeAsync(second, TimeSpan.FromSeconds(1), 1 << 20, isNear: false, Ct))).Failure.Code);
    }

    private static ProxyChoice Choice(string[] noProxy) => new(
        new Reach { HttpProxy = "http://user:canary@proxy.example:3128", HttpsProxy = "http://user:canary@proxy.example:3128", NoProxy = noProxy });
}
