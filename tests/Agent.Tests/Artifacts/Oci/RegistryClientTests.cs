using System.Net;
using Slipway.Artifacts.Oci;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>A registry's repository as a place for files: a real registry, with every way of asking who we are.</summary>
public sealed class RegistryClientTests : IDisposable
{
    private static readonly byte[] Content = Archives.Noise(300_000, 1);
    private static readonly string Digest = Archives.Sha256(Content);
    private static readonly SecretRef Known = new SecretRef.Literal(new Secret<string>(SiteRegistry.Credentials));
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task What_was_pushed_is_read_by_its_digest_and_pushed_once()
    {
        await using var site = await SiteRegistry.StartAsync();
        var client = Client(site.Authority);
        Assert.True(await PushAsync(client));
        Assert.False(await PushAsync(client));
        Assert.Equal(Content, await ReadAsync(await client.GetBlobAsync(Digest, 0, null, Ct)));
        Assert.Equal(Content, await File.ReadAllBytesAsync(site.Blob(Digest), Ct));
    }

    [Fact]
    public async Task A_blob_goes_on_where_it_broke_off()
    {
        await using var site = await SiteRegistry.StartAsync();
        var client = Client(site.Authority);
        await PushAsync(client);
        using var whole = await client.GetBlobAsync(Digest, 0, null, Ct);
        using var rest = await client.GetBlobAsync(Digest, 200_000, whole.Headers.ETag!.ToString(), Ct);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(Content[200_000..], await ReadAsync(rest));
        // Another version of it begins anew.
        using var other = await client.GetBlobAsync(Digest, 200_000, "\"other\"", Ct);
        Assert.Equal((HttpStatusCode.OK, Content.Length), (other.StatusCode, (int)other.Content.Headers.ContentLength!));
    }

    [Fact]
    public async Task A_blob_that_is_not_there_is_a_lasting_failure_that_names_it()
    {
        await using var site = await SiteRegistry.StartAsync();
        var failure = await FailAsync(Client(site.Authority));
        Assert.Equal("registry.not-found", failure.Code);
        Assert.False(failure.IsTransient);
        Assert.All([site.Authority, "site/files", Digest], part => Assert.Contains(part, failure.What, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_with_passwords_takes_the_right_one_alone()
    {
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { WantsPassword = true });
        await PushAsync(Client(site.Authority, Known));
        node.Put("/etc/slipway/registry", SiteRegistry.Credentials + "\n", Modes.Mode600);
        Assert.Equal(Content, await ReadAsync(await Client(site.Authority, new SecretRef.FromFile("/etc/slipway/registry")).GetBlobAsync(Digest, 0, null, Ct)));
        Assert.Equal(Content, await ReadAsync(await Client($"{Uri.EscapeDataString("slipway")}:site-canary%3A0123@{site.Authority}").GetBlobAsync(Digest, 0, null, Ct)));
        foreach (var wrong in (SecretRef?[])[null, new SecretRef.Literal(new Secret<string>("slipway:other"))])
        {
            var failure = await FailAsync(Client(site.Authority, wrong));
            Assert.Equal("registry.unauthorized", failure.Code);
            Assert.False(failure.IsTransient);
            Assert.DoesNotContain("other", failure.What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_registry_with_tokens_gets_one_and_keeps_using_it()
    {
        await using var tokens = new TokenServer();
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { TokenSection = tokens.Section });
        var client = Client(site.Authority, Known);
        await PushAsync(client);
        var asked = tokens.Requests.Count;
        Assert.Equal("repository:site/files:pull,push", Uri.UnescapeDataString(tokens.Requests[^1].Target.Split("scope=")[1]));
        await ReadAsync(await client.GetBlobAsync(Digest, 0, null, Ct));
        await ReadAsync(await client.GetBlobAsync(Digest, 10, null, Ct));
        Assert.Equal(asked, tokens.Requests.Count);
        // Everybody may read, and nobody else may write.
        var stranger = Client(site.Authority);
        Assert.Equal(Content, await ReadAsync(await stranger.GetBlobAsync(Digest, 0, null, Ct)));
        Assert.DoesNotContain("authorization", tokens.Requests[^1].Headers.Keys);
        var other = Archives.Noise(10, 2);
        var refused = await Assert.ThrowsAsync<FailureException>(() => new RegistryPush(stranger).BlobAsync(Archives.Sha256(other), 10, () => new MemoryStream(other), Ct));
        Assert.Equal("registry.unauthorized", refused.Failure.Code);
    }

    [Fact]
    public async Task A_token_that_ran_out_is_renewed()
    {
        await using var tokens = new TokenServer { Lifetime = TimeSpan.FromSeconds(-90) };
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { TokenSection = tokens.Section });
        var client = Client(site.Authority, Known);
        Assert.Equal("registry.unauthorized", (await FailAsync(client)).Code);
        tokens.Lifetime = TimeSpan.FromMinutes(5);
        Assert.True(await PushAsync(client));
    }

    [Fact]
    public async Task TLS_is_for_all_but_this_machine_and_its_CA_must_be_known()
    {
        using var authority = new Authority("The site");
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { Address = "127.0.0.2", Authority = authority });
        Assert.Equal("http.untrusted", (await FailAsync(Client(site.Authority))).Code);
        var client = new RegistryClient(node.Host.Reaching(new Reach { TrustedCAs = authority.Pem }), Address(site.Authority), null);
        await PushAsync(client);
        Assert.Equal(Content, await ReadAsync(await client.GetBlobAsync(Digest, 0, null, Ct)));
    }

    [Fact]
    public async Task An_object_store_gets_the_range_and_no_credentials()
    {
        await using var store = new HttpPeer(_ => new PeerReply(200, Content));
        await using var site = new HttpPeer(request => request.Headers.ContainsKey("authorization")
            ? new PeerReply(307) { Headers = $"Location: {store.Address}/bucket/key?signature=canary\r\n" }
            : new PeerReply(401) { Headers = "WWW-Authenticate: Basic realm=\"x\"\r\n" });
        using var answer = await Client($"localhost:{site.Port}", Known).GetBlobAsync(Digest, 5, "\"e\"", Ct);
        var asked = Assert.Single(store.Requests);
        Assert.Equal(("/bucket/key?signature=canary", "bytes=5-", "\"e\""), (asked.Target, asked.Headers["range"], asked.Headers["if-range"]));
        Assert.DoesNotContain("authorization", asked.Headers.Keys);
        Assert.Equal(2, site.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_refused_without_its_signature()
    {
        using var authority = new Authority("The site");
        using var certificate = authority.IssueServer(["::ffff:127.0.0.1"]);
        using var usable = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(
            certificate.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12), null);
        await using var site = new HttpPeer(_ => new PeerReply(307) { Headers = "Location: http://localhost:1/?signature=canary\r\n" }, usable);
        // The same server under an address that is not one of those with plain http.
        var failure = await FailAsync(new RegistryClient(node.Host.Reaching(new Reach { TrustedCAs = authority.Pem }), Address($"[::ffff:127.0.0.1]:{site.Port}"), null));
        Assert.Equal("http.refused", failure.Code);
        Assert.DoesNotContain("canary", failure.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WWW-Authenticate: Bearer realm=\"http://auth.example/token\"\r\n")]
    [InlineData("WWW-Authenticate: Bearer realm=\"token\"\r\n")]
    [InlineData("WWW-Authenticate: Bearer\r\n")]
    public async Task A_password_is_sent_to_no_token_server_over_the_network_in_the_clear(string challenge)
    {
        await using var site = new HttpPeer(_ => new PeerReply(401) { Headers = challenge });
        Assert.Equal("registry.answer-invalid", (await FailAsync(Client($"localhost:{site.Port}", Known))).Code);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"token\": 5}")]
    [InlineData("{\"token\": \"a\\r\\nb\"}")]
    public async Task A_token_server_that_gives_none_is_said_to(string body)
    {
        await using var tokens = new HttpPeer(_ => new PeerReply(200, System.Text.Encoding.UTF8.GetBytes(body)));
        await using var site = new HttpPeer(_ => new PeerReply(401) { Headers = $"WWW-Authenticate: Bearer realm=\"{tokens.Address}/t\",service=a\r\n" });
        Assert.Equal("registry.answer-invalid", (await FailAsync(Client($"localhost:{site.Port}"))).Code);
        Assert.Equal("/t?service=a", Assert.Single(tokens.Requests).Target);
    }

    [Fact]
    public async Task A_name_alone_in_an_address_is_a_user_for_us_and_for_containerd()
    {
        await using var site = new HttpPeer(request => request.Headers.ContainsKey("authorization")
            ? new PeerReply(200, Content) : new PeerReply(401) { Headers = "WWW-Authenticate: Basic realm=\"x\"\r\n" });
        var address = $"name@localhost:{site.Port}";
        Assert.Equal(Content, await ReadAsync(await Client(address).GetBlobAsync(Digest, 0, null, Ct)));
        Assert.Equal("Basic bmFtZTo=", site.Requests[^1].Headers["authorization"]);
        var endpoint = Slipway.Resources.RegistryEndpoint.Of(new Mirror(Address(address), null));
        Assert.Equal("name:", Assert.IsType<SecretRef.Literal>(endpoint.Credentials).Value.Reveal());
    }

    [Fact]
    public async Task A_token_server_that_asks_for_a_pause_is_heard()
    {
        await using var tokens = new HttpPeer(_ => new PeerReply(429) { Headers = "Retry-After: 7\r\n" });
        await using var site = new HttpPeer(_ => new PeerReply(401) { Headers = $"WWW-Authenticate: Bearer realm=\"{tokens.Address}/t\"\r\n" });
        var failure = await FailAsync(Client($"localhost:{site.Port}"));
        Assert.Equal(("http.busy", TimeSpan.FromSeconds(7)), (failure.Code, failure.RetryAfter));
    }

    [Theory]
    [InlineData("registry.example")]
    [InlineData("registry.example/Site")]
    [InlineData("registry.example/a/../b%2f")]
    public void An_address_without_a_repository_is_refused(string address)
    {
        var failure = Assert.Throws<FailureException>(() => Client("user:canary@" + address)).Failure;
        Assert.Equal("registry.address-invalid", failure.Code);
        Assert.DoesNotContain("canary", failure.What, StringComparison.Ordinal);
    }

    private static Url Address(string authority) => Url.TryParse($"oci://{authority}{(authority.Contains('/', StringComparison.Ordinal) || authority.EndsWith("example", StringComparison.Ordinal) ? "" : "/site/files")}", "oci")!;

    private static Task<bool> PushAsync(RegistryClient client) => new RegistryPush(client).BlobAsync(Digest, Content.Length, () => new MemoryStream(Content), Ct);

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return await response.Content.ReadAsByteArrayAsync(Ct);
        }
    }

    private static async Task<Failure> FailAsync(RegistryClient client) =>
        (await Assert.ThrowsAsync<FailureException>(() => client.GetBlobAsync(Digest, 0, null, Ct))).Failure;

    private RegistryClient Client(string authority, SecretRef? credentials = null) => new(node.Host, Address(authority), credentials);
}
