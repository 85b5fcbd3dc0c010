using System.Net;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Hosting;

/// <summary>What a server does wrong is told as what may pass by itself or as what will not.</summary>
public sealed class HttpTests : IDisposable
{
    private readonly Http http = new();

    public void Dispose() => http.Dispose();

    [Theory]
    [InlineData(400, "http.refused", false)]
    [InlineData(403, "http.refused", false)]
    [InlineData(404, "http.refused", false)]
    [InlineData(408, "http.busy", true)]
    [InlineData(429, "http.busy", true)]
    [InlineData(500, "http.busy", true)]
    [InlineData(503, "http.busy", true)]
    public async Task A_status_says_whether_trying_again_helps(int status, string code, bool transient)
    {
        await using var server = new LoopbackServer((_, _) => new Reply([]) { Status = status });
        var failure = (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(server.Url, Ct))).Failure;
        Assert.Equal((code, transient), (failure.Code, failure.IsTransient));
        Assert.Contains(server.Url.ToString(), failure.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "http.untrusted")]
    [InlineData(-1, "http.unreachable")]
    public async Task A_strangers_certificate_stays_a_strangers_and_one_out_of_date_waits_for_the_clock(int endsInDays, string code)
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        using var made = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=localhost", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(endsInDays));
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(Ct);
            using var tls = new System.Net.Security.SslStream(client.GetStream());
            await Record.ExceptionAsync(() => tls.AuthenticateAsServerAsync(made, false, false));
        }, Ct);
        var failure = (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(new Uri($"https://localhost:{port}/"), Ct))).Failure;
        Assert.True(failure.Code == code, failure.What);
        await serving;
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_unreachable()
    {
        var failure = (await Assert.ThrowsAsync<FailureException>(() => http.GetAsync(new Uri($"http://127.0.0.1:{LoopbackServer.FreePort()}/"), Ct))).Failure;
        Assert.Equal("http.unreachable", failure.Code);
        Assert.Contains("refused", failure.What, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_connection_that_is_reset_in_the_middle_is_unreachable()
    {
        await using var server = new LoopbackServer((_, _) => new Reply(new byte[100_000]) { CutAfter = 5000, Reset = true });
        using var response = await http.GetAsync(server.Url, Ct);
        var failure = (await Assert.ThrowsAsync<FailureException>(() => ReadAllAsync(response))).Failure;
        Assert.Equal("http.unreachable", failure.Code);
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        await using var mute = new LoopbackServer((_, _) => new Reply([]) { Silent = true });
        await using var stuck = new LoopbackServer((_, _) => new Reply(new byte[100_000]) { CutAfter = 5000, Silent = true });
        // Both at once: each takes as long as a server may be silent.
        var before = Assert.ThrowsAsync<FailureException>(() => http.GetAsync(mute.Url, Ct));
        using var response = await http.GetAsync(stuck.Url, Ct);
        var within = Assert.ThrowsAsync<FailureException>(() => ReadAllAsync(response));
        Assert.All(await Task.WhenAll(before, within), e => Assert.Equal("http.unreachable", e.Failure.Code));
    }

    [Fact]
    public async Task A_redirect_is_followed()
    {
        await using var server = new LoopbackServer((path, _) => path == "/a"
            ? new Reply([]) { Status = 302, Headers = "Location: /b\r\n" }
            : new Reply("there"u8.ToArray()));
        using var response = await http.GetAsync(new Uri(server.Url, "/a"), Ct);
        Assert.Equal((HttpStatusCode.OK, "there"), (response.StatusCode, await response.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task A_probe_of_nothing_is_null_and_of_a_sick_server_its_status()
    {
        await using var sick = new LoopbackServer((_, _) => new Reply([]) { Status = 500 });
        Assert.Equal(500, await http.ProbeAsync(sick.Url, TimeSpan.FromSeconds(5), Ct));
        Assert.Null(await http.ProbeAsync(new Uri($"http://127.0.0.1:{LoopbackServer.FreePort()}/"), TimeSpan.FromSeconds(5), Ct));
    }

    private static async Task ReadAllAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync(Ct);
        using var idle = new CancellationTokenSource();
        while (await Http.ReadAsync(body, new byte[4096], idle, Ct) > 0)
        {
        }
    }
}
