using System.Diagnostics;
using Slipway.Engine;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>CAs come into the operating system's store by its own program, and out again. The node is this machine's own system with a layer over it.</summary>
public sealed class CaStoreResourceTests : IDisposable
{
    private const string RedHatBundle = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
    private const string PhotonBundle = "/etc/pki/tls/certs/ca-bundle.crt";
    private readonly Node node = new();
    private readonly string pem = string.Concat(((string[])["Site", "Other"]).Select(name => Certificates.Authority(name).ExportCertificatePem() + "\n"));
    private Mount? layer;

    public void Dispose()
    {
        if (layer is not null)
        {
            using var unmount = Process.Start("umount", ["-l", node["/root"]]);
            unmount.WaitForExit();
            layer.Dispose();
        }
        node.Dispose();
    }

    [Fact]
    public async Task Debians_own_program_takes_them_in_and_leaves_nothing_of_them_behind()
    {
        var system = await SystemAsync();
        Assert.SkipUnless(system.Files.Exists("/usr/sbin/update-ca-certificates"), "this machine has no update-ca-certificates");
        var store = new CaStoreResource("A comment.\n" + pem, "debian");
        var before = system.Files.ReadText("/etc/ssl/certs/ca-certificates.crt");
        Assert.IsType<Finding.Differs>(await store.InspectAsync(system, Scrutiny.Quick, Ct));
        await store.ApplyAsync(system, Ct);
        Assert.IsType<Finding.AsWanted>(await store.InspectAsync(system, Scrutiny.Quick, Ct));
        List<string> Ours() => [.. system.Files.List("/usr/local/share/ca-certificates").Where(name => name.StartsWith("slipway-ca-", StringComparison.Ordinal))];
        var both = Ours();
        Assert.Equal(2, both.Count);
        Assert.All(both, name => Assert.Matches("^slipway-ca-[0-9a-f]{8}[.]crt$", name));
        Assert.StartsWith("-----BEGIN", system.Files.ReadText($"/usr/local/share/ca-certificates/{both[0]}"), StringComparison.Ordinal);

        // Somebody ran the program without our files: the bundle says so.
        var bundle = system.Files.ReadText("/etc/ssl/certs/ca-certificates.crt")!;
        system.Files.Write("/etc/ssl/certs/ca-certificates.crt", before ?? "", Slipway.Hosting.Modes.Mode644);
        Assert.IsType<Finding.Differs>(await store.InspectAsync(system, Scrutiny.Quick, Ct));
        system.Files.Write("/etc/ssl/certs/ca-certificates.crt", bundle, Slipway.Hosting.Modes.Mode644);

        // Fewer of them: what is too many goes, in the folder and in the bundle.
        var one = new CaStoreResource(pem[..(pem.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 26)], "debian");
        Assert.IsType<Finding.Differs>(await one.InspectAsync(system, Scrutiny.Quick, Ct));
        await one.ApplyAsync(system, Ct);
        Assert.IsType<Finding.AsWanted>(await one.InspectAsync(system, Scrutiny.Quick, Ct));
        Assert.Single(Ours());

        await one.RemoveAsync(system, new Slipway.Engine.Trace(""), Ct);
        Assert.Equal(before, system.Files.ReadText("/etc/ssl/certs/ca-certificates.crt"));
        Assert.DoesNotContain(system.Files.List("/etc/ssl/certs"), name => name.Contains("slipway", StringComparison.Ordinal));
        Assert.False(system.Files.Exists(CaStoreResource.Record));
    }

    [Fact]
    public void A_sites_own_files_stay_whatever_they_are_called()
    {
        const string Folder = "/etc/pki/ca-trust/source/anchors";
        node.Put("/usr/bin/update-ca-trust", "");
        string[] theirs = ["slipway.pem", "slipway-1.pem", "slipway-2024.pem", "slipway-ca.pem", "slipway-ca-0badcafe.pem", "slipway-ca-site.pem"];
        foreach (var name in theirs)
        {
            node.Put($"{Folder}/{name}", "theirs");
        }
        var store = CaStore.Find(node.Files)!;
        Assert.Empty(store.Present(node.Files));
        var (path, content) = Assert.Single(store.Files([pem]));
        Assert.DoesNotContain(Path.GetFileName(path), theirs);
        node.Put(path, content);
        Assert.Equal([path], store.Present(node.Files));
        // What somebody changed is not what we put there.
        node.Put(path, content + "more");
        Assert.Empty(store.Present(node.Files));
    }

    [Theory]
    [InlineData("/usr/bin/update-ca-trust", "[ \"$1\" = extract ] && cat /etc/pki/ca-trust/source/anchors/*.pem >", RedHatBundle, 1)]
    [InlineData("/usr/bin/rehash_ca_certificates.sh", "cat /etc/ssl/certs/slipway*.pem >", PhotonBundle, 2)]
    public async Task Red_Hats_and_Photons_programs_are_given_what_they_read(string program, string does, string bundle, int files)
    {
        var system = await SystemAsync();
        system.Files.CreateDirectory(Path.GetDirectoryName(bundle)!, Slipway.Hosting.Modes.Mode755);
        system.Files.Write(program, $"#!/bin/sh\n{does} {bundle}\n", Slipway.Hosting.Modes.Mode755);
        var store = new CaStoreResource(pem, "rhel");
        await store.ApplyAsync(system, Ct);
        Assert.IsType<Finding.AsWanted>(await store.InspectAsync(system, Scrutiny.Quick, Ct));
        Assert.Equal(files, CaStore.Find(system.Files)!.Present(system.Files).Count());

        system.Files.Write(program, $"#!/bin/sh\necho no >&2; exit 3\n", Slipway.Hosting.Modes.Mode755);
        var failure = (await Assert.ThrowsAsync<FailureException>(() => store.ApplyAsync(system, Ct))).Failure;
        Assert.Equal("trust.update-failed", failure.Code);
        Assert.Contains("exit code 3: no", failure.What, StringComparison.Ordinal);

        system.Files.Write(program, $"#!/bin/sh\n: > {bundle}\n", Slipway.Hosting.Modes.Mode755);
        Assert.Contains("CN=Site", (await Assert.ThrowsAsync<FailureException>(() => store.ApplyAsync(system, Ct))).Failure.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("debian", "apt-get install -y ca-certificates")]
    [InlineData("rocky", "dnf install -y ca-certificates")]
    [InlineData("photon", "tdnf install -y openssl-c_rehash")]
    public async Task Where_the_program_is_missing_the_package_is_named_before_anything_is_touched(string os, string fix)
    {
        var refused = Assert.IsType<Finding.Refused>(await new CaStoreResource(pem, os).InspectAsync(node.Host, Scrutiny.Quick, Ct));
        Assert.Equal("trust.tool-missing", refused.Failure.Code);
        Assert.Contains(fix, refused.Failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(TreeListing.Of(node.Root));
    }

    /// <summary>This machine's system as another root: whatever is written stays in memory.</summary>
    private async Task<Slipway.Hosting.Host> SystemAsync()
    {
        layer = Mount.Tmpfs(node["/layer"], "64m");
        foreach (var folder in (string[])["/layer/upper", "/layer/work", "/root"])
        {
            Directory.CreateDirectory(node[folder]);
        }
        using var mount = Process.Start(new ProcessStartInfo("mount", ["-t", "overlay", "overlay", "-o", $"lowerdir=/,upperdir={node["/layer/upper"]},workdir={node["/layer/work"]}", node["/root"]]) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync(Ct);
        Assert.SkipUnless(mount.ExitCode == 0, "this machine mounts no overlay over its own root");
        return Slipway.Hosting.Host.Open(node["/root"], node.Host.Log);
    }
}
