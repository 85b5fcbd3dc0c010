using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Lab;

/// <summary>How a <see cref="SiteRegistry"/> is set up.</summary>
public sealed record SiteRegistryOptions
{
    /// <summary>The address that it listens on. Clients take 127.0.0.1 for plain http; 127.0.0.2 is for TLS.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>A fixed port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Signs its certificate; null for plain http.</summary>
    public Authority? Authority { get; init; }

    /// <summary>Names and addresses in its certificate beside <see cref="Address"/>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Whether it wants <see cref="SiteRegistry.Credentials"/>.</summary>
    public bool WantsPassword { get; init; }

    /// <summary>Its <c>auth.token</c> section, indented by four; null for none.</summary>
    public string? TokenSection { get; init; }
}

/// <summary>A site's own registry: Debian's <c>docker-registry</c> as a process, with a folder of its own, gone with this object.</summary>
public sealed class SiteRegistry : IAsyncDisposable
{
    /// <summary>The user and the password that it knows.</summary>
    public const string Credentials = "slipway:site-canary:0123";

    // The same, as htpasswd -B has it.
    private const string Passwords = "slipway:$2y$04$bwVGoCfccevxmbGT9GxOo.K2LOgNFgqA8uPgW1QPwcyR/nF33gBOu\n";

    private readonly string folder;
    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly Task[] reading;

    private SiteRegistry(string folder, string authority, bool isTls)
    {
        this.folder = folder;
        Authority = authority;
        Url = $"{(isTls ? "https" : "http")}://{authority}";
        ProcessStartInfo start = new("docker-registry", ["serve", Path.Combine(folder, "config.yml")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OTEL_TRACES_EXPORTER"] = "none";
        process = Process.Start(start)!;
        reading = [ReadAsync(process.StandardOutput), ReadAsync(process.StandardError)];
    }

    /// <summary>Host and port, as references have them.</summary>
    public string Authority { get; }

    /// <summary>Its address with <c>http://</c> or <c>https://</c>, without a slash at its end.</summary>
    public string Url { get; }

    /// <summary>Where its blobs lie: <c>blobs/sha256/AA/HEX/data</c>.</summary>
    public string Storage => Path.Combine(folder, "data/docker/registry/v2");

    /// <summary>What it logged, a line a request.</summary>
    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    /// <summary>The file with a blob's bytes.</summary>
    public string Blob(string sha256) => Path.Combine(Storage, "blobs/sha256", sha256[..2], sha256, "data");

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<SiteRegistry> StartAsync(SiteRegistryOptions? options = null)
    {
        options ??= new SiteRegistryOptions();
        string folder = Directory.CreateTempSubdirectory("slipway-registry-").FullName;
        string authority = $"{options.Address}:{(options.Port > 0 ? options.Port : FreePort(IPAddress.Parse(options.Address)))}";
        StringBuilder config = new($"version: 0.1\nlog: {{level: info}}\nstorage:\n  filesystem: {{rootdirectory: {folder}/data}}\n  delete: {{enabled: true}}\n");
        config.Append(System.Globalization.CultureInfo.InvariantCulture, $"http:\n  addr: {authority}\n  secret: of-the-lab\n");
        if (options.Authority is { } signer)
        {
            using X509Certificate2 certificate = signer.IssueServer([options.Address, .. options.Names]);
            File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
            using System.Security.Cryptography.ECDsa key = certificate.GetECDsaPrivateKey()!;
            File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
            config.Append(System.Globalization.CultureInfo.InvariantCulture, $"  tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}\n");
        }
        if (options.WantsPassword)
        {
            File.WriteAllText(Path.Combine(folder, "htpasswd"), Passwords);
            config.Append(System.Globalization.CultureInfo.InvariantCulture, $"auth:\n  htpasswd: {{realm: site, path: {folder}/htpasswd}}\n");
        }
        else if (options.TokenSection is { } section)
        {
            config.Append(System.Globalization.CultureInfo.InvariantCulture, $"auth:\n  token:\n{section}\n");
        }
        File.WriteAllText(Path.Combine(folder, "config.yml"), config.ToString());
        SiteRegistry registry = new(folder, authority, options.Authority is not null);
        await registry.WaitAsync().ConfigureAwait(false);
        return registry;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
        await process.WaitForExitAsync().ConfigureAwait(false);
        await Task.WhenAll(reading).ConfigureAwait(false);
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static int FreePort(IPAddress address)
    {
        using TcpListener probe = new(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task WaitAsync()
    {
        IPEndPoint end = IPEndPoint.Parse(Authority);
        for (DateTime until = DateTime.UtcNow.AddSeconds(20); ; await Task.Delay(20).ConfigureAwait(false))
        {
            if (process.HasExited || DateTime.UtcNow > until)
            {
                string said = Log;
                await DisposeAsync().ConfigureAwait(false);
                throw new InvalidOperationException($"docker-registry does not serve {Authority}:\n{said}");
            }
            try
            {
                using TcpClient client = new(end.AddressFamily);
                await client.ConnectAsync(end).ConfigureAwait(false);
                return;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }
    }

    private async Task ReadAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (log)
            {
                log.AppendLine(line);
            }
        }
    }
}
