using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Slipway.Lab;

/// <summary>A web server on 127.0.0.1 that can go away and come back on the same port, as real ones do.</summary>
/// <remarks>A QEMU guest with user networking reaches it as 10.0.2.2; a container that shares the host's network as 127.0.0.1.</remarks>
public abstract class LoopbackServer : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly List<Exchange> exchanges = [];
    private WebApplication? app;

    /// <summary>The port; chosen once, kept over <see cref="StopAsync"/> and <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Whether connections are accepted now.</summary>
    public bool IsUp => app is not null;

    /// <summary>Every exchange so far, oldest first.</summary>
    public IReadOnlyList<Exchange> Exchanges
    {
        get
        {
            lock (exchanges)
            {
                return [.. exchanges];
            }
        }
    }

    /// <summary>Forgets the exchanges so far, so that a test can look at what comes next only.</summary>
    public void ClearExchanges()
    {
        lock (exchanges)
        {
            exchanges.Clear();
        }
    }

    /// <summary>Accepts connections; does nothing when it already does.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        await gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (app is not null)
            {
                return;
            }
            Port = Port == 0 ? FreePort() : Port;
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.Listen(IPAddress.Loopback, Port, Configure);
            });
            if (UsesTls)
            {
                builder.WebHost.UseKestrelHttpsConfiguration();
            }
            WebApplication fresh = builder.Build();
            fresh.Run(ServeAsync);
            await fresh.StartAsync(ct).ConfigureAwait(false);
            app = fresh;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Refuses connections from now on and cuts those that are open.</summary>
    public async Task StopAsync()
    {
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (app is null)
            {
                return;
            }
            WebApplication old = app;
            app = null;
            using CancellationTokenSource now = new(TimeSpan.FromMilliseconds(200));
            await old.StopAsync(now.Token).ConfigureAwait(false);
            await old.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Goes away now and comes back by itself; the task ends when it is back.</summary>
    public async Task OutageAsync(TimeSpan duration, CancellationToken ct = default)
    {
        await StopAsync().ConfigureAwait(false);
        await Task.Delay(duration, ct).ConfigureAwait(false);
        await StartAsync(ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        gate.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether it speaks TLS.</summary>
    protected virtual bool UsesTls => false;

    /// <summary>TLS, where it has any.</summary>
    protected virtual void Configure(ListenOptions listen)
    {
    }

    /// <summary>Answers one request; returns who asked, for the log.</summary>
    protected abstract Task<string> AnswerAsync(HttpContext context);

    /// <summary>A self-made TLS set-up for <see cref="Configure"/>.</summary>
    protected static void UseTls(ListenOptions listen, Authority authority, IEnumerable<string> names, Func<System.Security.Cryptography.X509Certificates.X509Certificate2, bool>? acceptsClient = null)
    {
        var certificate = authority.IssueServer(names);
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate,
            ClientCertificateMode = acceptsClient is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (client, _, _) => acceptsClient?.Invoke(client) ?? false,
        });
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync(HttpContext context)
    {
        DateTimeOffset at = DateTimeOffset.UtcNow;
        CountingStream body = new(context.Response.Body);
        context.Response.Body = body;
        string who = "";
        try
        {
            who = await AnswerAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client went away, or a fault cut the answer; what was sent is what the log says.
        }
        finally
        {
            lock (exchanges)
            {
                exchanges.Add(new Exchange(at, context.Request.Method, context.Request.Path.Value ?? "", context.Request.Headers.Range.ToString(), context.Response.StatusCode, body.Count, who));
            }
        }
    }
}
