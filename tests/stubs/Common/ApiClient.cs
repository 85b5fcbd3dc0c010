using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Stubs.Common;

/// <summary>Talks to a Kubernetes API server; errors read as client-go's do.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient http;
    private readonly Uri server;

    /// <summary>A client for one server.</summary>
    /// <param name="server">Such as <c>https://10.0.0.1:6443</c>.</param>
    /// <param name="caPem">The CA to trust; null trusts anything, which discovery does on purpose.</param>
    /// <param name="token">Bearer token, or null.</param>
    /// <param name="certificate">Client certificate, or null.</param>
    public ApiClient(string server, string? caPem, string? token = null, X509Certificate2? certificate = null)
    {
        this.server = new Uri(server);
        X509Certificate2Collection roots = [];
        if (caPem is not null)
        {
            roots.ImportFromPem(caPem);
        }
        SocketsHttpHandler handler = new() { UseProxy = true, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, errors) => caPem is null || Trusts(roots, presented, errors);
        if (certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }
        http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        http.DefaultRequestHeaders.Add("User-Agent", "slipway-standin");
        if (token is not null)
        {
            http.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);
        }
    }

    /// <summary>Sends one request and gives the object that came back.</summary>
    /// <exception cref="ApiException">The server said no, or could not be reached.</exception>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body = null, string contentType = "application/json")
    {
        Uri uri = new(server, path);
        using HttpRequestMessage request = new(method, uri);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, contentType);
        }
        string verb = method.Method[0] + method.Method[1..].ToLowerInvariant();
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
            JsonObject? answer = null;
            try
            {
                answer = JsonNode.Parse(text) as JsonObject;
            }
            catch (System.Text.Json.JsonException)
            {
                // Something that is not an API server answered; the status says enough.
            }
            return response.IsSuccessStatusCode && answer is not null ? answer
                : throw new ApiException((int)response.StatusCode, answer?["message"]?.GetValue<string>() ?? $"the server responded with the status code {(int)response.StatusCode} but did not return more information");
        }
        catch (OperationCanceledException)
        {
            throw new ApiException(0, $"{verb} \"{uri}?timeout=10s\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        }
        catch (HttpRequestException e)
        {
            throw new ApiException(0, $"{verb} \"{uri}?timeout=10s\": {Cause(e)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private string Cause(HttpRequestException e) => e.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp {server.Authority}: connect: connection refused",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain } => $"dial tcp: lookup {server.Host}: no such host",
        SocketException { SocketErrorCode: SocketError.HostUnreachable } => $"dial tcp {server.Authority}: connect: no route to host",
        SocketException { SocketErrorCode: SocketError.NetworkUnreachable } => $"dial tcp {server.Authority}: connect: network is unreachable",
        SocketException socket => $"dial tcp {server.Authority}: {socket.Message}",
        System.Security.Authentication.AuthenticationException => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        _ => e.InnerException?.Message ?? e.Message,
    };

    private static bool Trusts(X509Certificate2Collection roots, X509Certificate? presented, SslPolicyErrors errors)
    {
        if (presented is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return false;
        }
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using X509Certificate2 leaf = new(presented);
        return chain.Build(leaf);
    }
}
