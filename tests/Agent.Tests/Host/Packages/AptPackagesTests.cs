using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Hosting;

/// <summary>What can go wrong with real apt and dpkg, and what is made of it.</summary>
[Collection(nameof(PackageTree))]
public sealed class AptPackagesTests : IAsyncDisposable
{
    private readonly SigningKey key;
    private readonly AptRepository repository;
    private readonly LoopbackServer server;
    private readonly AptTree tree;

    public AptPackagesTests(PackageTree shared)
    {
        key = shared.Key;
        repository = new AptRepository(key);
        server = new LoopbackServer((path, _) => repository.Answer(path));
        tree = new AptTree();
        tree.AddSource(new Uri(server.Url, "debian"), "trixie", "main", key);
    }

    public async ValueTask DisposeAsync()
    {
        tree.Dispose();
        await server.DisposeAsync();
        repository.Dispose();
    }

    [Fact]
    public async Task Lists_that_are_there_and_fresh_are_used_as_they_are()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update");
        Assert.Equal(1, server.Hits.Count(hit => hit.EndsWith("InRelease", StringComparison.Ordinal)));
        await ApplyAsync(new PackageResource("tool"));
        Assert.Equal("installed 1.0", tree.State("tool"));
        Assert.Equal(1, server.Hits.Count(hit => hit.EndsWith("InRelease", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lists_older_than_a_day_are_fetched_anew()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update; touch -d '2 days ago' /var/lib/apt/lists /var/lib/apt/lists/partial");
        Publish(new Deb("tool", "1.1"));
        await ApplyAsync(new PackageResource("tool"));
        Assert.Equal("installed 1.1", tree.State("tool"));
    }

    [Fact]
    public async Task Lists_that_name_what_the_archive_has_dropped_are_fetched_anew_once()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update");
        Publish(new Deb("tool", "1.1"));
        await ApplyAsync(new PackageResource("tool"));
        Assert.Equal("installed 1.1", tree.State("tool"));
    }

    [Fact]
    public async Task A_version_that_no_source_has_is_looked_for_in_fresh_lists_once_and_then_named()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update");
        var failure = await FailAsync(new PackageResource("tool") { Version = "9.9" });
        Assert.Equal("package.not-found", failure.Code);
        Assert.Contains("9.9", failure.What, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.Equal(2, server.Hits.Count(hit => hit.EndsWith("InRelease", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_package_that_others_hold_the_lock_for_is_waited_for_and_the_holder_is_named()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update");
        using (var held = new HeldLock(tree.Node["/var/lib/dpkg/lock-frontend"]))
        {
            var applying = ApplyAsync(new PackageResource("tool"));
            for (var i = 0; i < 100 && !tree.Node.Warnings.Any(line => line.Contains("waits", StringComparison.Ordinal)); i++)
            {
                await Task.Delay(100, Ct);
            }
            Assert.False(applying.IsCompleted);
            var told = Assert.Single(tree.Node.Warnings);
            Assert.Contains("lock-frontend", told, StringComparison.Ordinal);
            Assert.Contains($"process {held.Process}", told, StringComparison.Ordinal);
            held.Dispose();
            await applying;
        }
        Assert.Equal("installed 1.0", tree.State("tool"));
    }

    [Fact]
    public async Task A_lock_that_is_not_given_up_in_time_is_a_failure_for_now()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Run("apt-get update");
        using var held = new HeldLock(tree.Node["/var/lib/dpkg/lock-frontend"]);
        var failure = await FailAsync(new PackageResource("tool") { Deadline = TimeSpan.FromSeconds(8) });
        Assert.Equal("package.locked", failure.Code);
        Assert.Equal(ExitCode.RetryLater, failure.ExitCode);
    }

    [Fact]
    public async Task A_source_that_cannot_be_reached_is_a_failure_for_now()
    {
        tree.AddSource(new Uri($"http://127.0.0.1:{LoopbackServer.FreePort()}/debian"), "trixie", "main", key);
        var failure = await FailAsync(new PackageResource("tool") { Deadline = TimeSpan.FromSeconds(8) });
        Assert.Equal("package.unreachable", failure.Code);
        Assert.Equal(ExitCode.RetryLater, failure.ExitCode);
    }

    [Fact]
    public async Task A_strangers_broken_source_stops_nothing()
    {
        Publish(new Deb("tool", "1.0"));
        tree.Node.Put("/etc/apt/sources.list.d/broken.list", $"deb http://127.0.0.2:{LoopbackServer.FreePort()}/ stable main\n");
        await ApplyAsync(new PackageResource("tool"));
        Assert.Equal("installed 1.0", tree.State("tool"));
    }

    [Fact]
    public async Task What_another_key_signed_is_not_installed()
    {
        using var stranger = new SigningKey("Stranger");
        repository.Publish("debian", "trixie", "main", [new("tool", "1.0")], stranger);
        var failure = await FailAsync(new PackageResource("tool"));
        Assert.Equal("package.untrusted", failure.Code);
        Assert.Equal("", tree.State("tool"));
    }

    [Fact]
    public async Task What_stands_in_the_way_is_not_removed_for_it()
    {
        tree.Install(new Deb("rival", "1.0"));
        Publish(new Deb("tool", "1.0") { Control = "Conflicts: rival" });
        Assert.Equal("package.conflict", (await FailAsync(new PackageResource("tool"))).Code);
        Assert.Equal("installed 1.0", tree.State("rival"));
        Assert.Equal("", tree.State("tool"));
    }

    [Fact]
    public async Task An_installed_package_is_never_changed_to_the_version_that_is_pinned()
    {
        tree.Install(new Deb("tool", "1.0-3"));
        Assert.IsType<Finding.AsWanted>(await InspectAsync(new PackageResource("tool") { Version = "1.0" }));
        Assert.Equal("package.other-version", Refusal(await InspectAsync(new PackageResource("tool") { Version = "1.1" })).Code);
        Assert.Equal("package.too-old", Refusal(await InspectAsync(new PackageResource("tool") { AtLeast = new Version(1, 7, 24) })).Code);
    }

    [Fact]
    public async Task A_held_package_is_left_as_its_operator_wants_it()
    {
        tree.Run("printf 'Package: tool\\nStatus: hold ok not-installed\\nArchitecture: all\\n\\n' >> /var/lib/dpkg/status");
        Assert.Equal("package.held", Refusal(await InspectAsync(new PackageResource("tool"))).Code);
        tree.Install(new Deb("other", "1.0"));
        tree.Run("apt-mark hold other");
        Assert.IsType<Finding.AsWanted>(await InspectAsync(new PackageResource("other")));
    }

    [Fact]
    public async Task An_installation_that_was_cut_off_is_finished()
    {
        Publish(new Deb("tool", "1.0"));
        AptRepository.Build(new Deb("tool", "1.0"), tree.Node["/tmp"]);
        tree.Run("dpkg --unpack /tmp/tool_1.0.deb");
        Assert.Contains("finish", Assert.IsType<Finding.Differs>(await InspectAsync(new PackageResource("tool"))).What, StringComparison.Ordinal);
        await ApplyAsync(new PackageResource("tool"));
        Assert.Equal("installed 1.0", tree.State("tool"));
    }

    [Fact]
    public async Task Somebody_elses_interrupted_dpkg_is_not_repaired_unasked()
    {
        Publish(new Deb("tool", "1.0"));
        // What dpkg leaves when it is killed: a journal that the next dpkg would take up.
        tree.Run("printf 'Package: foreign\\nStatus: install ok unpacked\\nMaintainer: x <x@test.example>\\nArchitecture: all\\nVersion: 1\\nDescription: x\\n' > /var/lib/dpkg/updates/0000");
        var failure = await FailAsync(new PackageResource("tool"));
        Assert.Equal("package.broken", failure.Code);
        Assert.Contains("dpkg --configure -a", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_said_to_be_full()
    {
        using var small = new AptTree("6m");
        small.AddSource(new Uri(server.Url, "debian"), "trixie", "main", key);
        Publish(new Deb("tool", "1.0") { Control = "Installed-Size: 100000", Files = new Dictionary<string, string> { ["/usr/share/tool"] = Convert.ToHexString(Archives.Noise(5_000_000, 1)) } });
        var failure = (await Assert.ThrowsAsync<FailureException>(() => new PackageResource("tool").ApplyAsync(small.Node.Host, Ct))).Failure;
        Assert.Equal("host.disk-full", failure.Code);
    }

    [Fact]
    public async Task Removing_leaves_a_package_that_others_depend_on_and_says_so()
    {
        Publish(new Deb("tool", "1.0"));
        await ApplyAsync(new PackageResource("tool"));
        tree.Install(new Deb("user", "1.0") { Control = "Depends: tool" });
        Assert.Contains("user depends on tool", await new PackageResource("tool").RemoveAsync(tree.Node.Host, new Trace(""), Ct), StringComparison.Ordinal);
        Assert.Equal("installed 1.0", tree.State("tool"));
        tree.Run("dpkg -r user");
        Assert.Equal("", await new PackageResource("tool").RemoveAsync(tree.Node.Host, new Trace(""), Ct));
        Assert.Equal("", await new PackageResource("tool").RemoveAsync(tree.Node.Host, new Trace(""), Ct));
        Assert.DoesNotContain("installed", tree.State("tool"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packages_file_is_its_packages_and_is_not_replaced()
    {
        tree.Install(Deb.Containerd("containerd", "1.7.28-1"));
        Assert.Equal("containerd", await PackagedFile.OwnerOfAsync(tree.Node.Host, "/usr/bin/containerd", Ct));
        Assert.Equal("containerd", await PackagedFile.OwnerOfAsync(tree.Node.Host, "/bin/containerd", Ct));
        Assert.Null(await PackagedFile.OwnerOfAsync(tree.Node.Host, "/usr/bin/contain", Ct));
        foreach (var resource in (Resource[])[new LinkResource("/usr/bin/containerd", "/opt/x"), new FileResource("/usr/lib/systemd/system/containerd.service", "ours")])
        {
            var refusal = Refusal(await InspectAsync(resource));
            Assert.Equal("resource.foreign", refusal.Code);
            Assert.Contains("the package containerd", refusal.What, StringComparison.Ordinal);
        }
        // Configuration is there to be changed.
        Assert.IsType<Finding.Differs>(await InspectAsync(new FileResource("/etc/containerd/config.toml", "ours")));
    }

    [Fact]
    public async Task A_policy_that_somebody_else_made_stays()
    {
        Publish(Deb.Containerd("containerd", "1.7.28-1"));
        tree.Node.Put("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 104\n", Modes.Mode755);
        await ApplyAsync(new PackageResource("containerd"));
        Assert.Equal("#!/bin/sh\nexit 104\n", File.ReadAllText(tree.Node["/usr/sbin/policy-rc.d"]));
        Assert.Equal("104", File.ReadAllText(tree.Node["/var/lib/test/policy"]).Trim());
    }

    [Fact]
    public async Task What_an_installation_that_was_killed_left_goes_with_the_next_and_with_the_removal()
    {
        const string Policy = "/usr/sbin/policy-rc.d";
        // Ours as it is put there, kept by the package as it is installed: a kill leaves this.
        Publish(new Deb("tool", "1.0") { PostInst = $"cp {Policy} /kept" });
        await ApplyAsync(new PackageResource("tool"));
        var ours = File.ReadAllText(tree.Node["/kept"]);
        Assert.Contains("slipway", ours, StringComparison.Ordinal);
        tree.Node.Put(Policy, ours, Modes.Mode755);

        var found = Assert.IsType<Finding.Differs>(await InspectAsync(new PackageResource("tool")));
        Assert.Contains(Policy, found.What, StringComparison.Ordinal);
        // A package that was there before does not become ours by that.
        Assert.NotEqual("", found.Before);
        await ApplyAsync(new PackageResource("tool"));
        Assert.False(File.Exists(tree.Node[Policy]));

        tree.Node.Put(Policy, ours, Modes.Mode755);
        Assert.NotEqual("", await new PackageResource("tool").RemoveAsync(tree.Node.Host, new Trace(found.Before), Ct));
        Assert.False(File.Exists(tree.Node[Policy]));
        Assert.Equal("installed 1.0", tree.State("tool"));

        tree.Node.Put(Policy, ours + "# changed\n", Modes.Mode755);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(new PackageResource("tool")));
    }

    private void Publish(params Deb[] packages) => repository.Publish("debian", "trixie", "main", packages);

    private Task<Finding> InspectAsync(Resource resource) => resource.InspectAsync(tree.Node.Host, Scrutiny.Quick, Ct);

    private async Task ApplyAsync(PackageResource resource)
    {
        await resource.ApplyAsync(tree.Node.Host, Ct);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(resource));
    }

    private async Task<Failure> FailAsync(PackageResource resource) =>
        (await Assert.ThrowsAsync<FailureException>(() => resource.ApplyAsync(tree.Node.Host, Ct))).Failure;

    private static Failure Refusal(Finding finding) => Assert.IsType<Finding.Refused>(finding).Failure;
}
