using System.Diagnostics;
using System.Globalization;

namespace Slipway.Lab;

/// <summary>A package source on 127.0.0.1 with real packages of a Debian suite, for machines that reach nothing else.</summary>
public sealed class PackageServer : IDisposable
{
    private readonly Process server;

    private PackageServer(Process server, int port) => (this.server, Port) = (server, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Fetches packages of a suite and serves them.</summary>
    /// <param name="suite">Debian's code name.</param>
    /// <param name="packages">Their names.</param>
    public static async Task<PackageServer> StartAsync(string suite, params string[] packages)
    {
        string folder = await LabCache.GetAsync("packages", LabCache.Hash([suite, .. packages]), async target =>
        {
            await new DebianSuite(suite).DownloadAsync(target, packages).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(target, "Packages"), await Tool.RunInAsync(target, "apt-ftparchive", "packages", ".").ConfigureAwait(false)).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(target, "Release"), await Tool.RunInAsync(target, "apt-ftparchive", "release", ".").ConfigureAwait(false)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        Process server = Process.Start(new ProcessStartInfo("python3", ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        // "Serving HTTP on 127.0.0.1 port 45031 (…"
        string said = await server.StandardOutput.ReadLineAsync().ConfigureAwait(false) ?? "";
        // What it logs nobody reads; a full pipe would stop it.
        _ = server.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = server.StandardError.BaseStream.CopyToAsync(Stream.Null);
        return new PackageServer(server, int.Parse(said.Split("port ")[1].Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>The source as one file of <c>sources.list.d</c>, for a machine that reaches it at an address.</summary>
    public GuestFile Source(string address) => new GuestFile.Text("/etc/apt/sources.list.d/lab.list",
        string.Create(CultureInfo.InvariantCulture, $"deb [trusted=yes] http://{address}:{Port}/ ./\n"), GuestFile.PublicFile);

    /// <inheritdoc/>
    public void Dispose()
    {
        server.Kill();
        server.Dispose();
    }
}
