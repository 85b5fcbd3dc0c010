namespace Slipway.Acceptance;

/// <summary>Nodes that are not as anybody expects: moved folders, files in the way, damaged state.</summary>
public sealed class OddNodeTests : IAsyncDisposable
{
    private readonly Node node = new();
    private readonly Release release = new();
    private readonly LoopbackServer mirror;

    public OddNodeTests()
    {
        mirror = new LoopbackServer((path, _) => release.Get(path));
        node.Configure(release, mirror.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        node.Dispose();
    }

    [Theory]
    [InlineData("/opt", "/slipway-test-disk/opt")]
    [InlineData("/var/lib/slipway", "/slipway-test-disk/state")]
    [InlineData("/usr/bin", "../slipway-test-disk/bin")]
    [InlineData("/etc/containerd", "/../../../slipway-test-disk/containerd")]
    public async Task A_folder_that_was_moved_to_another_disk_by_a_link_is_used_below_the_root(string path, string target)
    {
        Directory.CreateDirectory(node["/slipway-test-disk/" + Path.GetFileName(target)]);
        Directory.CreateDirectory(Path.GetDirectoryName(node[path])!);
        Directory.CreateSymbolicLink(node[path], target);
        (await node.RunAsync("run")).Exits(0);
        Assert.NotEmpty(Directory.GetFileSystemEntries(node["/slipway-test-disk/" + Path.GetFileName(target)]));
        Assert.False(Directory.Exists("/slipway-test-disk"));
        var before = TreeListing.Of(node.Root, times: true, "run");
        (await node.RunAsync("run")).Exits(0).Says("0 changed");
        Assert.Equal(before, TreeListing.Of(node.Root, times: true, "run"));
        (await node.RunAsync("status")).Exits(0);
    }

    [Theory]
    [InlineData("/opt")]
    [InlineData("/opt/cni")]
    [InlineData("/opt/slipway/installed")]
    [InlineData("/var/lib/slipway")]
    [InlineData("/run/slipway")]
    [InlineData("/etc/systemd/system")]
    [InlineData("/etc/containerd")]
    [InlineData("/usr/bin")]
    public async Task A_file_where_a_folder_belongs_is_a_coded_failure_and_stays(string path)
    {
        node.Put(path, "in the way");
        var outcome = await node.RunAsync("run");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.DoesNotContain("run.bug", outcome.All, StringComparison.Ordinal);
        Assert.Equal("in the way", await File.ReadAllTextAsync(node[path], Ct));
        Assert.DoesNotContain("run.bug", (await node.RunAsync("plan")).All + (await node.RunAsync("status")).All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/crictl.yaml")]
    [InlineData("/usr/lib/systemd/system/kubelet.service")]
    [InlineData("/opt/slipway/runtime/current")]
    [InlineData("/var/lib/slipway/ledger.jsonl")]
    [InlineData("/var/lib/slipway/config.json")]
    [InlineData("/run/slipway/lock")]
    [InlineData("/run/slipway/status.json")]
    [InlineData("/opt/slipway/kubernetes/1.36.2/bin/kubelet")]
    [InlineData("/etc/slipway/artifacts.lock")]
    public async Task A_folder_where_a_file_belongs_is_a_coded_failure_and_stays(string path)
    {
        if (File.Exists(node[path]))
        {
            File.Delete(node[path]);
        }
        node.Put(path + "/theirs", "x");
        var outcome = await node.RunAsync("run");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.DoesNotContain("run.bug", outcome.All, StringComparison.Ordinal);
        Assert.True(File.Exists(node[path + "/theirs"]));
        Assert.DoesNotContain("run.bug", (await node.RunAsync("plan")).All + (await node.RunAsync("status")).All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/var/lib/slipway/ledger.jsonl")]
    [InlineData("/var/lib/slipway/config.json")]
    [InlineData("/opt/slipway/installed/kubelet-1.36.2@kubernetes-1.36.2.json")]
    [InlineData("/run/slipway/status.json")]
    [InlineData("/run/slipway/lock")]
    public async Task State_that_was_damaged_is_made_anew(string path)
    {
        (await node.RunAsync("run")).Exits(0);
        var whole = node.Tree();
        foreach (var damage in (byte[][])[[], [0, 0, 0, 0, 10], "{\"schemaVersion\": 1}"u8.ToArray(), "null\n"u8.ToArray(), Archives.Noise(3000, 1)])
        {
            await File.WriteAllBytesAsync(node[path], damage, Ct);
            Assert.DoesNotContain("run.bug", (await node.RunAsync("status")).All, StringComparison.Ordinal);
            (await node.RunAsync("run")).Exits(0);
            Assert.Equal(whole, node.Tree());
        }
        (await node.RunAsync("status")).Exits(0);
    }

    [Fact]
    public async Task Of_many_runs_at_once_one_works_and_the_others_wait_for_their_turn()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => node.RunAsync("run")));
        Assert.Contains(outcomes, outcome => outcome.ExitCode == 0);
        Assert.All(outcomes.Where(outcome => outcome.ExitCode != 0), outcome => outcome.Exits(75).Says("lock.held"));
        (await node.RunAsync("run")).Exits(0).Says("0 changed");
    }

    [Fact]
    public async Task A_join_below_another_root_is_refused_before_anything_is_done()
    {
        var path = node["/etc/slipway/node.d/10-node.yaml"];
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, Ct)).Replace("mode: prepare", "mode: join", StringComparison.Ordinal), Ct);
        (await node.RunAsync("run")).Exits(1).Says("os.systemd");
        Assert.False(Directory.Exists(node["/opt"]));
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task Programs_that_it_starts_see_no_secret_in_their_arguments_or_environment()
    {
        var bin = Directory.CreateDirectory(node["/stub"]).FullName;
        // Below another root the program that puts a CA into the system's store is run by chroot.
        await File.WriteAllTextAsync(Path.Join(bin, "chroot"),
            $"#!/bin/sh\n{{ echo \"$0 $*\"; env; }} >> {node["/stub/seen"]}\ncat \"$1\"/usr/local/share/ca-certificates/*.crt > \"$1/etc/ssl/certs/ca-certificates.crt\"\n", Ct);
        File.SetUnixFileMode(Path.Join(bin, "chroot"), (UnixFileMode)0b111_101_101);
        node.Put("/etc/os-release", "ID=debian\nVERSION_ID=13\n");
        node.Put("/usr/sbin/update-ca-certificates", "#!/bin/sh\n", (UnixFileMode)0b111_101_101);
        Directory.CreateDirectory(node["/etc/ssl/certs"]);
        using var authority = Certificates.Authority("Site");
        var config = await File.ReadAllTextAsync(node["/etc/slipway/node.d/10-node.yaml"], Ct)
            + "  system:\n    trustedCAs: |\n" + string.Concat(authority.ExportCertificatePem().Split('\n').Select(line => $"      {line}\n"));
        File.Delete(node["/etc/slipway/node.d/10-node.yaml"]);
        (await Agent.RunAsync(node.Call("run") with
        {
            Environment = new Dictionary<string, string> { ["PATH"] = $"{bin}:/usr/bin:/bin", ["VMX_GUESTINFO"] = "1", ["VMX_GUESTINFO_USERDATA"] = config },
        })).Exits(0).Says("guestinfo:");
        var seen = await File.ReadAllTextAsync(node["/stub/seen"], Ct);
        Assert.Contains("update-ca-certificates", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("VMX_", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anybody_may_ask_for_the_status()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become somebody else");
        (await node.RunAsync("run")).Exits(0);
        File.SetUnixFileMode(node.Root, (UnixFileMode)0b111_101_101);
        var copy = node["/slipway-copy"];
        File.Copy(Agent.Path, copy);
        File.SetUnixFileMode(copy, (UnixFileMode)0b111_101_101);
        // The binary's own place may be closed to others: its copy is called through the shell in its stead.
        var call = new Call("status", "--root", node.Root) with
        {
            Through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"shift 0; exec {copy} \"$@\""],
        };
        (await Agent.RunAsync(call)).Exits(0).Says("Prepared");
    }
}
