using Slipway.Config;
using Slipway.Lab;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Tests.Sources;

/// <summary>A secret is read where the configuration says, and a failure to read it tells nothing of it.</summary>
public sealed class SecretValueTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task From_a_file_of_the_node_without_the_line_feed_at_its_end()
    {
        node.Put("/etc/token", "canary\n");
        Assert.Equal("canary", (await ReadAsync(new SecretRef.FromFile("/etc/token"))).Reveal());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData(null)]
    public async Task A_file_that_is_empty_or_missing_is_told_by_its_path(string? content)
    {
        if (content is not null)
        {
            node.Put("/etc/token", content);
        }
        var failure = await FailAsync(new SecretRef.FromFile("/etc/token"));
        Assert.Equal("secret.unreadable", failure.Code);
        Assert.Contains("the token: /etc/token", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_gives_its_output_and_a_failed_one_is_not_quoted()
    {
        Assert.Equal("canary", (await ReadAsync(Exec("echo canary"))).Reveal());
        var failure = await FailAsync(Exec("echo canary; echo canary >&2; exit 1"));
        Assert.Equal("secret.unreadable", failure.Code);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(node.Lines, line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_headers_of_a_web_address_go_to_its_server_alone()
    {
        await using var other = new HttpPeer(_ => new PeerReply(200, "not ours"u8.ToArray()));
        await using var server = new HttpPeer(request => request.Headers.ContainsKey("x-vault-token")
            ? new PeerReply(307) { Headers = $"Location: {other.Address}/there?sig=canary\r\n" }
            : new PeerReply(403));
        var failure = await FailAsync(new SecretRef.FromUrl(
            Url.TryParse($"{server.Address}/v1", "http")!, new Dictionary<string, Secret<string>> { ["X-Vault-Token"] = new("canary") }));
        Assert.Equal("http.refused", failure.Code);
        Assert.Contains($"HTTP 307 to {other.Address}/there", failure.What, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_secret_that_was_used_up_says_so() => Assert.Equal("secret.scrubbed", (await FailAsync(new SecretRef.Scrubbed())).Code);

    [Fact]
    public async Task A_credential_of_the_machine_serves_where_the_service_has_none()
    {
        node.Put("/run/credentials/@system/join-token", "canary\n");
        Assert.Equal("canary", (await ReadAsync(new SecretRef.FromCredential("join-token"))).Reveal());
    }

    [Fact]
    public async Task A_credential_that_nobody_has_says_how_to_give_it() =>
        Assert.Contains("LoadCredential=join-token", (await FailAsync(new SecretRef.FromCredential("join-token"))).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_secret_does_not_print() => Assert.Equal("*** ***", $"{new Secret<string>("canary")} {new Secret<string[]>(["canary"])}");

    private static SecretRef.FromExec Exec(string script) => new(new Secret<IReadOnlyList<string>>(["sh", "-c", script]));

    private Task<Secret<string>> ReadAsync(SecretRef reference) => SecretValue.ReadAsync(node.Host, reference, "token", Ct);

    private async Task<Failure> FailAsync(SecretRef reference) => (await Assert.ThrowsAsync<FailureException>(() => ReadAsync(reference))).Failure;
}
