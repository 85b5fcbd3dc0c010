using System.Diagnostics;
using Slipway.Lab;

namespace Slipway.Acceptance;

/// <summary>A site's own CA is trusted by everything, from the moment its configuration is accepted; its registries' credentials are root's alone.</summary>
public sealed class SiteTrustTests : IDisposable
{
    // Of words that a shell has within itself: the node's tree has nothing else.
    private const string UpdateCaCertificates = """
        #!/bin/sh
        for file in /usr/local/share/ca-certificates/*.crt; do while IFS= read -r line; do echo "$line"; done < "$file"; done > /etc/ssl/certs/ca-certificates.crt
        """;

    private readonly Node node = new();
    private readonly Release release = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_mirror_with_a_CA_of_the_configurations_own_is_trusted_and_so_by_the_system()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "chroot needs root");
        using var authority = Certificates.Authority("Site");
        using var certificate = Certificates.Localhost(authority);
        await using var mirror = new HttpPeer(request => Answer(request.Target), certificate);
        node.Configure(release, new Uri(mirror.Address), Trusting(authority.ExportCertificatePem()));
        (await node.RunAsync("run")).Exits(1).Says("trust.tool-missing").Says("Fix: Run:");
        Assert.False(Directory.Exists(node["/opt"]));

        await PutProgramsAsync();
        (await node.RunAsync("plan")).Exits(0).Says("would trust 1 more CA certificates on the whole system (update-ca-certificates)");
        (await node.RunAsync("run")).Exits(0).Says("prepared");
        Assert.Equal(authority.ExportCertificatePem() + "\n", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(node["/usr/local/share/ca-certificates"], "slipway-ca-*.crt")), Ct));
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(node["/etc/ssl/certs/ca-certificates.crt"], Ct), StringComparison.Ordinal);
        (await node.RunAsync("run")).Exits(0).Says("prepared: 0 changed");
    }

    [Fact]
    public async Task A_certificate_that_is_none_is_told_with_its_place()
    {
        var pem = Certificates.Authority("Site").ExportCertificatePem();
        node.Configure(release, new Uri("http://127.0.0.1:1/"), Trusting(pem.Replace("-----END CERTIFICATE-----", "", StringComparison.Ordinal)));
        (await node.RunAsync("config", "check")).Exits(78).Says("10-node.yaml:").Says("spec.system.trustedCAs").Says("expected certificates in PEM");
        node.Configure(release, new Uri("http://127.0.0.1:1/"), "  images: {registries: {_default: {credentials: \"user:canarypass\"}}}");
        (await node.RunAsync("config", "check")).Exits(78).Says("spec.images.registries._default.credentials").DoesNotSay("canarypass");
    }

    [Fact]
    public async Task Registries_credentials_are_in_one_private_file_and_nowhere_else()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Put("/etc/site-password", "node:canarypass\n", (UnixFileMode)0b110_000_000);
        node.Configure(release, mirror.Url, "  images: {registries: {\"registry.example:5000\": {mirrors: [{url: \"oci://mirror.example/k8s\", credentials: {fromFile: /etc/site-password}}]}}}");
        var said = "";
        foreach (var call in (string[][])[["config", "show"], ["plan"], ["plan", "--output", "json"], ["run", "--log-level", "verbose"], ["status", "--output", "json"]])
        {
            said += (await node.RunAsync(call)).Exits(0).All;
        }
        var basic = Convert.ToBase64String("node:canarypass"u8);
        var holding = Directory.EnumerateFiles(node.Root, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).LinkTarget is null && File.ReadAllText(file) is var text
            && (text.Contains("canarypass", StringComparison.Ordinal) || text.Contains(basic, StringComparison.Ordinal))).Select(file => Path.GetRelativePath(node.Root, file)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["etc/containerd/certs.d/registry.example:5000/hosts.toml", "etc/site-password"], holding);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(node["/etc/containerd/certs.d/registry.example:5000/hosts.toml"]));
        Assert.DoesNotContain("canarypass", said, StringComparison.Ordinal);
        Assert.DoesNotContain(basic, said, StringComparison.Ordinal);
        (await node.RunAsync("run")).Exits(0).Says("prepared: 0 changed");

        // Another password, another file.
        node.Put("/etc/site-password", "node:second\n", (UnixFileMode)0b110_000_000);
        (await node.RunAsync("run")).Exits(0).Says("prepared: 1 changed");
    }

    [Fact]
    public async Task A_missing_archive_stops_the_run_before_its_first_change()
    {
        node.Configure(release, new Uri("http://127.0.0.1:1/"), "  images: {archives: [/media/none.tar]}");
        (await node.RunAsync("run")).Exits(78).Says("image.archive-missing").Says("/media/none.tar");
        Assert.False(Directory.Exists(node["/opt"]));
    }

    private static string Trusting(string pem) => "  system:\n    trustedCAs: |\n" + string.Join('\n', pem.Split('\n').Select(line => "      " + line));

    private PeerReply Answer(string path)
    {
        var reply = release.Get(path);
        using var bytes = new MemoryStream();
        using var body = reply.Body();
        body.CopyTo(bytes);
        return new PeerReply(reply.Status, bytes.ToArray());
    }

    /// <summary>A shell, env and what they are linked to, and a stand-in for Debian's program.</summary>
    private async Task PutProgramsAsync()
    {
        using var ldd = Process.Start(new ProcessStartInfo("sh", ["-c", "for p in /bin/sh /usr/bin/env; do echo $p; ldd $p | grep -o '/[^ ]*'; done"]) { RedirectStandardOutput = true })!;
        foreach (var file in (await ldd.StandardOutput.ReadToEndAsync(Ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(node[file])!);
            File.Copy(file, node[file]);
        }
        Directory.CreateDirectory(node["/etc/ssl/certs"]);
        node.Put("/usr/sbin/update-ca-certificates", UpdateCaCertificates, (UnixFileMode)0b111_101_101);
    }
}
