using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Steps;

/// <summary>containerd from packages: real apt and dpkg, from signed repositories on loopback, into a tree of their own.</summary>
[Collection(nameof(PackageTree))]
public sealed class ContainerdPackagesTests : IAsyncDisposable
{
    private readonly SigningKey key;
    private readonly AptRepository repository;
    private readonly LoopbackServer server;
    private readonly AptTree tree;

    public ContainerdPackagesTests(PackageTree shared)
    {
        key = shared.Key;
        repository = new AptRepository(key);
        server = new LoopbackServer((path, _) => repository.Answer(path));
        tree = new AptTree();
    }

    public async ValueTask DisposeAsync()
    {
        tree.Dispose();
        await server.DisposeAsync();
        repository.Dispose();
    }

    [Fact]
    public async Task The_distributions_package_is_installed_configured_and_removed_again_and_nothing_else_is_touched()
    {
        tree.Install(new Deb("other", "1.0"));
        repository.Publish("debian", "trixie", "main",
        [
            Deb.Containerd("containerd", "1.7.28-1") with { Control = "Depends: runc\nRecommends: other-recommended" },
            new("runc", "1.1.12-1"), new("other", "2.0"), new("other-recommended", "1.0"),
        ]);
        tree.AddSource(new Uri(server.Url, "debian"), "trixie", "main", key);
        var wanted = Describe("  runtime: {source: distro}");

        await ApplyAsync(wanted);
        Assert.Equal("installed 1.7.28-1", tree.State("containerd"));
        Assert.Equal("installed 1.1.12-1", tree.State("runc"));
        Assert.Equal("installed 1.0", tree.State("other"));
        Assert.Equal("", tree.State("other-recommended"));
        var config = File.ReadAllText(tree.Node["/etc/containerd/config.toml"]);
        Assert.DoesNotContain("disabled_plugins", config, StringComparison.Ordinal);
        Assert.Contains("version = 2\n", config, StringComparison.Ordinal);
        Assert.Contains("SystemdCgroup = true", config, StringComparison.Ordinal);
        Assert.True(File.Exists(tree.Node["/etc/systemd/system/multi-user.target.wants/containerd.service"]) || new FileInfo(tree.Node["/etc/systemd/system/multi-user.target.wants/containerd.service"]).LinkTarget is not null);
        // While it was installed no service could start, and nothing of that is left.
        Assert.Equal("101", File.ReadAllText(tree.Node["/var/lib/test/policy"]).Trim());
        Assert.False(File.Exists(tree.Node["/usr/sbin/policy-rc.d"]));

        var asked = server.Hits.Count;
        Assert.Equal(0, await ApplyAsync(wanted));
        Assert.Equal(asked, server.Hits.Count);

        foreach (var resource in wanted.Reverse())
        {
            Assert.Equal("", await resource.RemoveAsync(tree.Node.Host, new Trace(before[resource.Id], resource.After(tree.Node.Host)), Ct));
        }
        Assert.Equal("config-files 1.7.28-1", tree.State("containerd"));
        Assert.DoesNotContain("installed", tree.State("runc"), StringComparison.Ordinal);
        Assert.Equal("installed 1.0", tree.State("other"));
        Assert.Equal("disabled_plugins = [\"cri\"]\n", File.ReadAllText(tree.Node["/etc/containerd/config.toml"]));
    }

    [Fact]
    public async Task Dockers_repository_is_taken_from_the_mirror_with_a_pinned_key()
    {
        repository.Publish("debian", "trixie", "main", [new("other", "1.0")]);
        tree.AddSource(new Uri(server.Url, "debian"), "trixie", "main", key);
        tree.Run("apt-get update");
        repository.Publish("linux/debian", "trixie", "stable", [Deb.Containerd("containerd.io", "2.2.1-1~debian.13~trixie"), Deb.Containerd("containerd.io", "2.2.10-1~debian.13~trixie")]);
        var wanted = Describe($"  runtime: {{source: docker, version: 2.2.1}}\n  artifacts: {{mirrors: [\"{server.Url}\"]}}")
            .Select(resource => resource is PinnedKeyResource pinned ? pinned with { Fingerprint = key.Fingerprint } : resource).ToList();
        await ApplyAsync(wanted);
        Assert.Equal("installed 2.2.1-1~debian.13~trixie", tree.State("containerd.io"));
        // The distribution's own lists are fresh: they are neither fetched again nor thrown away.
        Assert.Equal(1, server.Hits.Count(hit => hit == "/debian/dists/trixie/InRelease"));
        Assert.Contains("1.0", tree.Run("apt-cache policy other"), StringComparison.Ordinal);
        var source = File.ReadAllText(tree.Node["/etc/apt/sources.list.d/slipway-docker.sources"]);
        Assert.Contains($"URIs: {server.Url}linux/debian\nSuites: trixie\nComponents: stable\nArchitectures: {AptRepository.Architecture}\nSigned-By: /etc/apt/keyrings/slipway-docker.asc\n", source, StringComparison.Ordinal);
        Assert.DoesNotContain("disabled_plugins", File.ReadAllText(tree.Node["/etc/containerd/config.toml"]), StringComparison.Ordinal);

        foreach (var resource in wanted.AsEnumerable().Reverse())
        {
            await resource.RemoveAsync(tree.Node.Host, new Trace(before[resource.Id], resource.After(tree.Node.Host)), Ct);
        }
        Assert.Equal(["distro.list"], tree.Node.Files.List("/etc/apt/sources.list.d"));
        Assert.Equal(["test.asc"], tree.Node.Files.List("/etc/apt/keyrings"));
    }

    [Fact]
    public async Task A_key_that_is_not_Dockers_is_refused_with_both_fingerprints_and_nothing_is_written()
    {
        repository.Publish("linux/debian", "trixie", "stable", [Deb.Containerd("containerd.io", "2.2.1-1")]);
        var wanted = Describe($"  runtime: {{source: docker}}\n  artifacts: {{mirrors: [\"{server.Url}\"]}}");
        var failure = await FailAsync(wanted);
        Assert.Equal("package.key-mismatch", failure.Code);
        Assert.Contains(key.Fingerprint, failure.What, StringComparison.Ordinal);
        Assert.Contains("9DC858229FC7DD38854AE2D88D81803C0EBFCD88", failure.What, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Empty(tree.Node.Files.List("/etc/apt/keyrings"));
        Assert.Empty(tree.Node.Files.List("/etc/apt/sources.list.d"));
        Assert.Equal("", tree.State("containerd.io"));
    }

    [Fact]
    public async Task A_package_that_is_too_old_is_refused_before_it_is_installed()
    {
        repository.Publish("debian", "bookworm", "main", [Deb.Containerd("containerd", "1.6.20~ds1-1"), new("runc", "1.1.5")]);
        tree.AddSource(new Uri(server.Url, "debian"), "bookworm", "main", key);
        var failure = await FailAsync(Describe("  runtime: {source: distro}"));
        Assert.Equal("package.too-old", failure.Code);
        Assert.Contains("1.6.20~ds1-1", failure.What, StringComparison.Ordinal);
        Assert.Equal("", tree.State("containerd"));
    }

    [Theory]
    [InlineData("debian", "", "13", "trixie", "distro", "runc containerd")]
    [InlineData("ubuntu", "debian", "24.04", "noble", "docker", "https://download.docker.com/linux/ubuntu/gpg")]
    [InlineData("rhel", "fedora", "9.4", "", "docker", "https://download.docker.com/linux/rhel/9/x86_64/stable")]
    [InlineData("rocky", "rhel centos fedora", "8.10", "", "docker", "https://download.docker.com/linux/centos/8/x86_64/stable")]
    [InlineData("amzn", "fedora", "2023", "", "distro", "runc containerd")]
    [InlineData("photon", "", "5.0", "", "distro", "runc containerd")]
    [InlineData("rhel", "fedora", "9.4", "", "distro", "refused: release or docker")]
    [InlineData("almalinux", "rhel centos fedora", "9.4", "", "distro", "refused: release or docker")]
    [InlineData("amzn", "fedora", "2023", "", "docker", "refused: distro or release")]
    [InlineData("photon", "", "5.0", "", "docker", "refused: distro or release")]
    [InlineData("sles", "suse", "15.6", "", "distro", "refused: release")]
    public void Each_platform_has_its_packages_or_a_reason(string id, string like, string version, string codename, string source, string expected)
    {
        var facts = Wanted.Facts with { OsId = id, OsLike = like, OsVersion = version, OsCodename = codename };
        var wanted = Bootstrap.Describe(Wanted.Worker($"  runtime: {{source: {source}}}"), facts).Single(step => step.Name == "containerd").Resources;
        var said = string.Join(' ', wanted.Select(resource => resource switch
        {
            RefusedResource refused => $"refused: {refused.Failure.Fix}",
            PackageResource package => package.Name,
            PinnedKeyResource pinned => pinned.Url.ToString(),
            FileResource file => file.Content,
            _ => "",
        }));
        Assert.Contains(expected.Replace("refused: ", "refused: Set spec.runtime.source to ", StringComparison.Ordinal), said, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_containerd_is_left_to_others_nothing_is_wanted_of_it() =>
        Assert.DoesNotContain(Bootstrap.Describe(Wanted.Worker("  runtime: {source: none}"), Wanted.Facts), step => step.Name == "containerd");

    [Fact]
    public void A_mirrors_password_never_gets_into_a_package_source()
    {
        var intent = Wanted.Worker("  runtime: {source: docker}");
        intent = intent with { Config = intent.Config with { Artifacts = new([new(Slipway.Config.Url.TryParse("https://user:secret@mirror.example/", "https")!, null)], null, null, null) } };
        Assert.IsType<RefusedResource>(Assert.Single(Bootstrap.Describe(intent, Wanted.Facts with { OsCodename = "trixie" }).Single(step => step.Name == "containerd").Resources));
    }

    private readonly Dictionary<string, string> before = [];

    private static IReadOnlyList<Resource> Describe(string spec) => Bootstrap.Describe(Wanted.Worker(spec + "\n  timeouts: {download: 60s}"),
        Wanted.Facts with { OsCodename = "trixie", OsVersion = "13", Architecture = AptRepository.Architecture }).Single(step => step.Name == "containerd").Resources;

    /// <summary>Applies what differs, as a run does; gives how many did.</summary>
    private async Task<int> ApplyAsync(IEnumerable<Resource> resources)
    {
        var changed = 0;
        foreach (var resource in resources)
        {
            var finding = await resource.InspectAsync(tree.Node.Host, Scrutiny.Quick, Ct);
            Assert.IsNotType<Finding.Refused>(finding);
            if (finding is Finding.Differs differs)
            {
                changed++;
                before.TryAdd(resource.Id, differs.Before);
                await resource.ApplyAsync(tree.Node.Host, Ct);
                var after = await resource.InspectAsync(tree.Node.Host, Scrutiny.Quick, Ct);
                Assert.True(after is Finding.AsWanted, $"{resource.Id}: {after}");
            }
        }
        return changed;
    }

    private async Task<Failure> FailAsync(IEnumerable<Resource> resources) =>
        (await Assert.ThrowsAsync<FailureException>(() => ApplyAsync(resources))).Failure;
}
