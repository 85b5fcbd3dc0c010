using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Hosting;

/// <summary>rpm with dnf, yum or tdnf, as far as strict stand-ins can tell (tests/stubs/packages): which commands, and what is made of the answers.</summary>
public sealed class RpmPackagesTests : IDisposable
{
    private readonly Node node = new();

    public RpmPackagesTests()
    {
        // A shell, rm and what they are linked to: enough for chroot, and for nothing that is not there on purpose.
        Shell.Run("mkdir -p bin usr/bin var/lib/test-rpm var/lib/test-repo var/log; cp /bin/sh bin/sh; cp /bin/rm usr/bin/rm; "
            + "for library in $(ldd /bin/sh /bin/rm | grep -o '/[^ ]*\\.so[^ ]*' | sort -u); do mkdir -p .$(dirname $library); cp -L $library .$library; done", node.Root);
        Put("rpm", "rpm.sh");
    }

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("dnf", "-y --setopt=install_weak_deps=False install containerd.io-2.2.1")]
    [InlineData("yum", "-y --setopt=install_weak_deps=False install containerd.io-2.2.1")]
    [InlineData("tdnf", "-y install containerd.io-2.2.1")]
    public async Task The_named_package_is_installed_and_nothing_else(string program, string expected)
    {
        Put(program, "dnf.sh");
        Offer("containerd.io", "2.2.1-3.1.el9");
        var package = new PackageResource("containerd.io") { Version = "2.2.1", AtLeast = new Version(1, 7, 24) };
        Assert.IsType<Finding.Differs>(await package.InspectAsync(node.Host, Scrutiny.Quick, Ct));
        await package.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await package.InspectAsync(node.Host, Scrutiny.Quick, Ct));
        Assert.Equal([$"{program} {expected}"], Calls().Where(call => !call.StartsWith("rpm", StringComparison.Ordinal)));
        Assert.Equal("", await package.RemoveAsync(node.Host, new Trace(""), Ct));
        Assert.Contains("rpm --erase containerd.io", Calls());
        Assert.IsType<Finding.Differs>(await package.InspectAsync(node.Host, Scrutiny.Quick, Ct));
    }

    [Theory]
    [InlineData("dnf")]
    [InlineData("tdnf")]
    public async Task Stale_lists_are_refreshed_once(string program)
    {
        Put(program, "dnf.sh");
        Offer("containerd", "2.1.5-1.amzn2023");
        node.Put("/var/lib/test-repo/STALE", "");
        await new PackageResource("containerd").ApplyAsync(node.Host, Ct);
        Assert.Contains("--refresh", Calls()[^1], StringComparison.Ordinal);
        node.Put("/var/log/calls", "");
        Assert.Equal("package.not-found", (await FailAsync("nothing")).Code);
        Assert.Equal(2, Calls().Count);
    }

    [Theory]
    [InlineData("dnf", "-y --setopt=install_weak_deps=False list --available containerd")]
    [InlineData("yum", "-y --setopt=install_weak_deps=False list --available containerd")]
    [InlineData("tdnf", "-y list available containerd")]
    public async Task What_would_be_installed_is_asked_before_it_is(string program, string question)
    {
        Put(program, "dnf.sh");
        Offer("containerd", "1.6.20-1.amzn2023");
        var package = new PackageResource("containerd") { AtLeast = new Version(1, 7, 24), Deadline = TimeSpan.FromSeconds(30) };
        var failure = (await Assert.ThrowsAsync<FailureException>(() => package.ApplyAsync(node.Host, Ct))).Failure;
        Assert.Equal("package.too-old", failure.Code);
        Assert.Contains("containerd 1.6.20-1.amzn2023 would be installed", failure.What, StringComparison.Ordinal);
        Assert.Equal([$"{program} {question}"], Calls());
        Assert.False(File.Exists(node["/var/lib/test-rpm/containerd"]));

        Offer("containerd", "2.1.5-1.amzn2023");
        node.Put("/var/lib/test-repo/STALE", "");
        await package.ApplyAsync(node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await package.InspectAsync(node.Host, Scrutiny.Quick, Ct));
    }

    // The complaints are those of dnf 4 (Amazon Linux 2023, RHEL 9) and tdnf 3 (Photon 5).
    [Theory]
    [InlineData("Error: GPG check FAILED", "package.untrusted")]
    [InlineData("Public key for containerd.io-2.2.1.rpm is not installed. Failing package is: containerd.io-2.2.1", "package.untrusted")]
    [InlineData("Error: Failed to download metadata for repo 'slipway-docker': Cannot download repomd.xml: All mirrors were tried", "package.unreachable")]
    [InlineData("  - package containerd.io-2.2.1-1.el9.x86_64 from slipway-docker conflicts with runc provided by runc-1.1.12", "package.conflict")]
    [InlineData("Error: Could not obtain disk. At least 100MB more space needed on the / filesystem.", "host.disk-full")]
    [InlineData("error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)", "package.locked")]
    [InlineData("something that nobody has seen before", "package.failed")]
    public async Task What_it_complains_of_has_a_code(string said, string code)
    {
        Put("dnf", "dnf.sh");
        node.Put("/var/lib/test-repo/FAIL", said + "\n");
        var failure = await FailAsync("containerd.io");
        Assert.Equal(code, failure.Code);
        Assert.Contains(said.Trim(), failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dnf_that_waits_for_another_is_told_and_bounded()
    {
        node.Put("/usr/bin/dnf", "#!/bin/sh\necho 'Waiting for process with pid 4711 to finish.'\nwhile :; do read -r x < /dev/zero; done\n", Modes.Mode755);
        var failure = await FailAsync("containerd.io", TimeSpan.FromSeconds(2));
        Assert.Equal("package.locked", failure.Code);
        Assert.Contains(node.Warnings, line => line.Contains("pid 4711", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_others_depend_on_is_left_and_said_so()
    {
        Put("dnf", "dnf.sh");
        node.Put("/var/lib/test-rpm/runc", "1.3.0-1\n");
        node.Put("/var/lib/test-rpm/runc.needed-by", "podman-5.0\n");
        Assert.Contains("podman", await new PackageResource("runc").RemoveAsync(node.Host, new Trace(""), Ct), StringComparison.Ordinal);
        Assert.True(File.Exists(node["/var/lib/test-rpm/runc"]));
    }

    [Fact]
    public async Task A_packages_file_is_its_packages()
    {
        Put("dnf", "dnf.sh");
        node.Put("/var/lib/test-rpm/containerd.files", "/usr/bin/containerd\n");
        node.Put("/usr/bin/containerd", "theirs");
        var refusal = Assert.IsType<Finding.Refused>(await new LinkResource("/usr/bin/containerd", "/opt/x").InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure;
        Assert.Contains("the package containerd", refusal.What, StringComparison.Ordinal);
        node.Put("/usr/bin/other", "somebody's");
        Assert.Equal("resource.foreign", Assert.IsType<Finding.Refused>(await new LinkResource("/usr/bin/other", "/opt/x").InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure.Code);
    }

    [Theory]
    [InlineData("error: rpmdb: damaged header #17 retrieved -- skipping.", "package.broken")]
    [InlineData("error: cannot open Packages database in /var/lib/rpm", "package.failed")]
    public async Task An_rpm_that_cannot_tell_whose_a_file_is_is_no_rpm_that_says_nobodys(string said, string code)
    {
        Put("dnf", "dnf.sh");
        node.Put("/usr/bin/containerd", "theirs");
        var rpm = Assert.IsType<RpmPackages>(node.Host.Packages);
        Assert.Null(await rpm.OwnerOfAsync("/usr/bin/containerd", Ct));
        node.Put("/var/lib/test-rpm/FAIL", said + "\n");
        var failure = (await Assert.ThrowsAsync<FailureException>(() => rpm.OwnerOfAsync("/usr/bin/containerd", Ct))).Failure;
        Assert.Equal(code, failure.Code);
        Assert.Contains("/usr/bin/containerd", failure.What, StringComparison.Ordinal);
        node.Put("/var/lib/test-rpm/FAIL", "error: file /usr/bin/containerd: No such file or directory\n");
        Assert.Null(await rpm.OwnerOfAsync("/usr/bin/containerd", Ct));
        File.Delete(node["/usr/bin/rpm"]);
        Assert.Null(await rpm.OwnerOfAsync("/usr/bin/containerd", Ct));
    }

    [Fact]
    public async Task That_Dockers_key_stays_in_rpms_database_is_told()
    {
        Put("dnf", "dnf.sh");
        node.Put("/var/lib/test-rpm/containerd.io", "2.2.1-1\n");
        node.Put("/var/lib/test-rpm/gpg-pubkey-621e9f35", "621e9f35-58adea78\n");
        Assert.Contains("rpm --erase gpg-pubkey-621e9f35", await new PackageResource("containerd.io").RemoveAsync(node.Host, new Trace(""), Ct), StringComparison.Ordinal);
        Assert.False(File.Exists(node["/var/lib/test-rpm/containerd.io"]));
    }

    [Fact]
    public async Task Without_a_package_manager_a_package_is_refused()
    {
        File.Delete(node["/usr/bin/rpm"]);
        Assert.Equal("package.no-manager", Assert.IsType<Finding.Refused>(await new PackageResource("x").InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure.Code);
    }

    private async Task<Failure> FailAsync(string name, TimeSpan? deadline = null) => (await Assert.ThrowsAsync<FailureException>(
        () => new PackageResource(name) { Deadline = deadline ?? TimeSpan.FromMilliseconds(400) }.ApplyAsync(node.Host, Ct))).Failure;

    private List<string> Calls() => [.. File.ReadAllLines(node["/var/log/calls"])];

    private void Offer(string name, string version) => node.Put($"/var/lib/test-repo/{name}", version + "\n");

    private void Put(string name, string script) => node.Put($"/usr/bin/{name}", File.ReadAllText(Path.Join(Source.Repository, "tests/stubs/packages", script)), Modes.Mode755);
}
