using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Acceptance;

/// <summary>What was installed goes, what was there before comes back, and what is others' was never touched.</summary>
public sealed class UninstallTests : IAsyncDisposable
{
    private const UnixFileMode Private = (UnixFileMode)0b110_100_000;
    private readonly Node node = new();
    private readonly Release release = new();
    private readonly LoopbackServer mirror;

    public UninstallTests()
    {
        mirror = new LoopbackServer((path, _) => release.Get(path));
        Furnish(node, mirror.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        node.Dispose();
    }

    [Fact]
    public async Task After_an_install_and_an_uninstall_the_tree_is_byte_for_byte_what_it_was()
    {
        // What destroyed a host once: a folder of its own, mounted below the kubelet's.
        node.Put("/srv/data/precious", "not to be deleted");
        using var mount = Mount.Bind(node["/srv/data"], node["/var/lib/kubelet/pods/1/volumes/data"]);
        node.Put("/var/lib/kubelet/pods/1/volumes/other", "x");
        node.Put("/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/a", "x");
        Give(node["/etc/crictl.yaml"], "1234:5678");
        var before = TreeListing.Of(node.Root);
        (await node.RunAsync("run")).Exits(0);
        Assert.True(TreeListing.Of(node.Root).Count > before.Count + 30);
        Assert.NotEqual(before.Intersect(TreeListing.Of(node.Root)), before);

        var installed = TreeListing.Of(node.Root, times: true);
        (await node.RunAsync("uninstall", "--dry-run")).Exits(0).Says("would remove link:/usr/bin/kubelet").Says("would remove: ");
        Assert.Equal(installed, TreeListing.Of(node.Root, times: true));

        var outcome = (await node.RunAsync("uninstall")).Exits(0).Says("removed: 7 binary").DoesNotSay("left");
        Assert.Equal(before, TreeListing.Of(node.Root));
        Assert.Equal("1234:5678", Owner(node["/etc/crictl.yaml"]));
        Assert.Equal("", outcome.Error);
        (await node.RunAsync("uninstall")).Exits(0).Says("nothing to remove");
        Assert.Equal(before, TreeListing.Of(node.Root));
        // And again, from the start.
        (await node.RunAsync("run")).Exits(0);
        (await node.RunAsync("uninstall")).Exits(0);
        Assert.Equal(before, TreeListing.Of(node.Root));
    }

    [Fact]
    public async Task An_image_that_was_baked_twice_is_the_same_twice_and_goes_back_to_what_it_was()
    {
        Directory.Delete(node["/etc/slipway"], recursive: true);
        using var file = new TemporaryFile(release.Lock);
        using var second = new Node();
        Furnish(second, mirror.Url);
        Directory.Delete(second["/etc/slipway"], recursive: true);
        var before = TreeListing.Of(node.Root);
        foreach (var image in (Node[])[node, second])
        {
            (await Agent.RunAsync(image.Call("install", "--kubernetes", "1.36.2", "--mirror", mirror.Url.AbsoluteUri, "--lock", file.Path) with
            {
                Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1767323045" },
            })).Exits(0);
        }
        Assert.Equal(Of(node), Of(second));
        Assert.Contains(Of(node), line => line.StartsWith("opt/slipway/kubernetes/1.36.2/bin/kubelet ", StringComparison.Ordinal)
            && line.EndsWith($" {DateTimeOffset.FromUnixTimeSeconds(1767323045).UtcTicks}", StringComparison.Ordinal));
        (await node.RunAsync("uninstall")).Exits(0).DoesNotSay("left");
        Assert.Equal(before, TreeListing.Of(node.Root));

        // Programs with their times and all; of the rest of a tree the times are its builder's.
        static IEnumerable<string> Of(Node image) => TreeListing.Of(image.Root, times: true, "run", "var/lib/slipway/ledger.jsonl")
            .Select(line => line.Contains("/bin/", StringComparison.Ordinal) && line.Contains(" file ", StringComparison.Ordinal) && !line.Contains("calico", StringComparison.Ordinal) ? line : line[..line.LastIndexOf(' ')]);
    }

    [Fact]
    public async Task What_a_package_has_is_neither_overwritten_nor_removed()
    {
        node.Put("/opt/cni/bin/bridge", "a package's", (UnixFileMode)0b111_101_101);
        node.Put("/var/lib/dpkg/info/kubernetes-cni.list", "/.\n/opt/cni/bin\n/opt/cni/bin/bridge\n");
        var before = TreeListing.Of(node.Root);
        (await node.RunAsync("run")).Exits(0).Says("/opt/cni/bin/bridge belongs to the package kubernetes-cni");
        Assert.Equal("a package's", await File.ReadAllTextAsync(node["/opt/cni/bin/bridge"], Ct));
        (await node.RunAsync("run")).Exits(0).Says("0 changed");
        (await node.RunAsync("status")).Exits(0);
        (await node.RunAsync("uninstall")).Exits(0);
        Assert.Equal(before, TreeListing.Of(node.Root));
    }

    [Fact]
    public async Task A_packages_unit_stops_the_run_before_its_first_change()
    {
        node.Put("/usr/lib/systemd/system/containerd.service", "[Service]\nExecStart=/usr/bin/other\n");
        // As Debian's lists have it, where /lib is a link.
        node.Put("/var/lib/dpkg/info/containerd.list", "/.\n/lib/systemd/system/containerd.service\n");
        var before = node.Tree();
        (await node.RunAsync("run")).Exits(1).Says("resource.foreign").Says("the package containerd");
        Assert.Equal(before, node.Tree());
    }

    [Fact]
    public async Task What_others_changed_or_use_stays_and_is_told_with_what_stood_there_before()
    {
        (await node.RunAsync("run")).Exits(0);
        await File.AppendAllTextAsync(node["/etc/sysctl.d/99-slipway.conf"], "vm.swappiness = 1\n", Ct);
        await File.WriteAllTextAsync(node["/etc/crictl.yaml"], "changed since", Ct);
        await File.WriteAllTextAsync(node["/opt/cni/bin/loopback"], "the add-on's, newer", Ct);
        node.Put("/opt/slipway/runtime/notes", "an operator's");
        node.Put("/etc/containerd/certs.d/site/hosts.toml", "an operator's");
        File.Delete(node["/usr/bin/ctr"]);
        Directory.CreateSymbolicLink(node["/usr/bin/ctr"], "/usr/local/bin/ctr");
        var outcome = (await node.RunAsync("uninstall", "--output", "json")).Exits(0);
        var left = outcome.Json.GetProperty("left").EnumerateArray().ToDictionary(one => one.GetProperty("what").GetString()!, one => one.GetProperty("why").GetString()!);
        Assert.Equal(0, outcome.Json.GetProperty("failed").GetArrayLength());
        Assert.Contains("file:/usr/lib/systemd/system/kubelet.service", outcome.Json.GetProperty("removed").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal("changed since", left["file:/etc/sysctl.d/99-slipway.conf"]);
        Assert.DoesNotContain(outcome.Json.GetProperty("removed").EnumerateArray(), one => left.ContainsKey(one.GetString()!));
        Assert.Contains("/opt/cni/bin/loopback changed since", left["binary:cni-plugins-1.9.1"], StringComparison.Ordinal);
        Assert.Equal("an add-on's", await File.ReadAllTextAsync(node[left["binary:cni-plugins-1.9.1"].Split(' ')[^1]], Ct));
        Assert.Contains("/usr/local/bin/ctr", left["link:/usr/bin/ctr"], StringComparison.Ordinal);
        Assert.Contains("notes", left["/opt/slipway/runtime"], StringComparison.Ordinal);
        Assert.Equal("the add-on's, newer", await File.ReadAllTextAsync(node["/opt/cni/bin/loopback"], Ct));
        Assert.Equal("/usr/local/bin/ctr", new FileInfo(node["/usr/bin/ctr"]).LinkTarget);
        Assert.True(File.Exists(node["/opt/slipway/runtime/notes"]) && File.Exists(node["/etc/containerd/certs.d/site/hosts.toml"]));
        // The original of what was left is never lost.
        var kept = left["file:/etc/crictl.yaml"].Split(' ')[^1];
        Assert.Equal("runtime-endpoint: unix:///theirs.sock\n", await File.ReadAllTextAsync(node[kept], Ct));
        Assert.False(File.Exists(node["/var/lib/slipway/ledger.jsonl"]));
        (await node.RunAsync("uninstall")).Exits(0).Says("nothing to remove");
        Assert.True(File.Exists(node[kept]));
    }

    [Fact]
    public async Task Changed_several_times_it_goes_back_to_what_it_was_before_the_first()
    {
        var before = TreeListing.Of(node.Root, times: false, "etc/slipway");
        (await node.RunAsync("run")).Exits(0);
        node.Put("/etc/slipway/node.d/20-more.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {system: {modules: [dummy], sysctl: {vm.swappiness: \"1\"}}}\n");
        (await node.RunAsync("run")).Exits(0).Says("2 changed");
        node.Put("/etc/modules-load.d/slipway.conf", "an edit that a run replaces");
        node.Put("/etc/crictl.yaml", "an edit that a run replaces");
        (await node.RunAsync("run")).Exits(0).Says("2 changed");
        (await node.RunAsync("uninstall")).Exits(0).DoesNotSay("left");
        Assert.Equal(before, TreeListing.Of(node.Root, times: false, "etc/slipway"));
    }

    [Fact]
    public async Task What_an_earlier_version_installed_is_removed_too()
    {
        var before = TreeListing.Of(node.Root);
        (await node.RunAsync("run")).Exits(0);
        // Its ledger knew neither what it had made nor folders; its records no folder, and each artifact was there once.
        var ledger = node["/var/lib/slipway/ledger.jsonl"];
        await File.WriteAllLinesAsync(ledger, (await File.ReadAllLinesAsync(ledger, Ct)).Select(line => JsonNode.Parse(line)!.AsObject())
            .Where(entry => (string?)entry["event"] is not "Preparing").Select(entry =>
            {
                entry.Remove("after");
                entry["resource"] = ((string)entry["resource"]!).Split('@')[0];
                return entry.ToJsonString();
            }), Ct);
        foreach (var path in Directory.GetFiles(node["/opt/slipway/installed"]))
        {
            var record = JsonNode.Parse(await File.ReadAllTextAsync(path, Ct))!.AsObject();
            record.Remove("directory");
            File.Delete(path);
            await File.WriteAllTextAsync(path.Split('@')[0].Replace(".json", "", StringComparison.Ordinal) + ".json", record.ToJsonString(), Ct);
        }
        (await node.RunAsync("uninstall")).Exits(0);
        Assert.Equal(before, TreeListing.Of(node.Root).Where(line => !line.Contains(" directory ", StringComparison.Ordinal) || before.Contains(line)));
        Assert.False(Directory.Exists(node["/opt/slipway"]));
    }

    [Fact]
    public async Task A_member_of_a_cluster_leaves_it_first()
    {
        (await node.RunAsync("run")).Exits(0);
        node.Put("/etc/kubernetes/kubelet.conf", Kubeconfig(DateTimeOffset.UtcNow.AddDays(1)));
        node.Put("/var/lib/kubelet/config.yaml", "theirs");
        await File.AppendAllTextAsync(node["/var/lib/slipway/ledger.jsonl"],
            "{\"v\":1,\"time\":\"2026-01-01T00:00:00Z\",\"boot\":\"b\",\"event\":\"Intent\",\"step\":\"join\",\"resource\":\"membership:worker-7\",\"what\":\"join\",\"before\":\"\"}\n", Ct);
        var before = TreeListing.Of(node.Root, times: true);
        (await node.RunAsync("uninstall")).Exits(1).Says("uninstall.member").Says("https://10.0.0.10:6443").Says("kubeadm reset").Says("--force");
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
        (await node.RunAsync("uninstall", "--force")).Exits(0).Says("left membership:worker-7: what kubeadm wrote (/etc/kubernetes/kubelet.conf");
        Assert.False(Directory.Exists(node["/opt/slipway"]));
        Assert.True(File.Exists(node["/etc/kubernetes/kubelet.conf"]) && File.Exists(node["/var/lib/kubelet/config.yaml"]));
    }

    [Fact]
    public async Task A_node_whose_certificate_has_expired_is_no_member()
    {
        (await node.RunAsync("run")).Exits(0);
        node.Put("/etc/kubernetes/kubelet.conf", Kubeconfig(DateTimeOffset.UtcNow.AddDays(-1)));
        (await node.RunAsync("uninstall")).Exits(0);
    }

    [Fact]
    public async Task Without_a_ledger_nothing_is_guessed()
    {
        (await node.RunAsync("run")).Exits(0);
        File.Delete(node["/var/lib/slipway/ledger.jsonl"]);
        (await node.RunAsync("uninstall")).Exits(1).Says("uninstall.ledger-missing");
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/1.36.2/bin/kubelet"]));
    }

    [Fact]
    public async Task One_that_is_cut_off_is_finished_by_the_next_and_an_install_that_was_is_taken_back()
    {
        var before = TreeListing.Of(node.Root);
        var clock = Stopwatch.StartNew();
        (await node.RunAsync("run")).Exits(0);
        var install = clock.Elapsed;
        clock.Restart();
        (await node.RunAsync("uninstall")).Exits(0);
        var took = clock.Elapsed;
        var interrupted = 0;
#pragma warning disable CA5394 // Reproducible, not secret.
        var random = new Random(2026);
        for (var kill = 0; kill < 200 && interrupted < 10; kill++)
        {
            if (kill % 3 == 0)
            {
                // The install is cut off too.
                await CutAsync(install * (0.3 + (random.NextDouble() * 0.7)), "run");
            }
            else
            {
                (await node.RunAsync("run")).Exits(0);
            }
            interrupted += await CutAsync(took * (0.1 + (random.NextDouble() * 0.7)), "uninstall") ? 1 : 0;
            (await node.RunAsync("uninstall")).Exits(0);
            Assert.Equal(before, TreeListing.Of(node.Root));
        }
#pragma warning restore CA5394
        Assert.True(interrupted >= 10, $"only {interrupted} were still at work when they were killed");
    }

    [Fact]
    public async Task A_full_disk_loses_no_original()
    {
        using var disk = Mount.Tmpfs(node["/etc/containerd"], "64k");
        node.Put("/etc/containerd/config.toml", "# theirs " + new string('x', 9000));
        (await node.RunAsync("run")).Exits(0);
        disk.Fill();
        (await node.RunAsync("uninstall")).Exits(1).Says("not removed: file:/etc/containerd/config.toml").Says("host.disk-full");
        Assert.False(File.Exists(node["/usr/bin/kubelet"]));
        File.Delete(node["/etc/containerd/filler"]);
        (await node.RunAsync("uninstall")).Exits(0).DoesNotSay("left");
        Assert.StartsWith("# theirs", await File.ReadAllTextAsync(node["/etc/containerd/config.toml"], Ct), StringComparison.Ordinal);
        Assert.False(Directory.Exists(node["/var/lib/slipway"]));
    }

    [Fact]
    public async Task A_full_disk_below_the_ledger_keeps_nothing_from_going()
    {
        var before = TreeListing.Of(node.Root);
        using (var disk = Mount.Tmpfs(node["/var/lib/slipway"], "1m"))
        {
            (await node.RunAsync("run")).Exits(0);
            disk.Fill();
            (await node.RunAsync("uninstall")).Exits(0).Says("left /var/lib/slipway: holds filler");
        }
        Directory.Delete(node["/var/lib/slipway"]);
        Assert.Equal(before, TreeListing.Of(node.Root));
    }

    private async Task<bool> CutAsync(TimeSpan after, params string[] arguments)
    {
        using var running = Agent.Start(node.Call(arguments));
        // The instant itself is what is random; nothing is waited for.
        await Task.Delay(after, Ct);
        running.Kill();
        return (await running.EndAsync()).ExitCode != 0;
    }

    /// <summary>A Debian-like tree with what others have there.</summary>
    private void Furnish(Node node, Uri mirror)
    {
        node.Put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        foreach (var folder in (string[])["/run", "/var/lib", "/usr/bin", "/usr/lib/systemd/system", "/etc/sysctl.d", "/etc/modules-load.d", "/etc/systemd/system"])
        {
            Directory.CreateDirectory(node[folder]);
        }
        node.Put("/usr/lib/systemd/system/containerd.service", "[Service]\nExecStart=/usr/local/bin/containerd\n[Install]\nWantedBy=multi-user.target\n");
        node.Put("/etc/crictl.yaml", "runtime-endpoint: unix:///theirs.sock\n", Private);
        File.CreateSymbolicLink(node["/usr/bin/crictl"], "/usr/local/bin/crictl");
        node.Put("/opt/cni/bin/loopback", "an add-on's", (UnixFileMode)0b111_101_101);
        node.Put("/opt/cni/bin/calico", "an add-on's", (UnixFileMode)0b111_101_101);
        node.Put("/etc/cni/net.d/10-calico.conflist", "{}");
        node.Configure(release, mirror);
    }

    private static string Kubeconfig(DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=system:node:worker-7", key, HashAlgorithmName.SHA256).CreateSelfSigned(until.AddDays(-2), until);
        var pem = Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate.ExportCertificatePem() + "\n" + key.ExportECPrivateKeyPem()));
        return $$$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "https://10.0.0.10:6443", certificate-authority-data: "{{{pem}}}"}}]
            users: [{name: u, user: {client-certificate-data: "{{{pem}}}"}}]
            """;
    }

    /// <summary>A file outside the node.</summary>
    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string content) => File.WriteAllText(Path, content);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }

    private static void Give(string path, string owner)
    {
        using var process = Process.Start("chown", [owner, path]);
        process.WaitForExit();
    }

    private static string Owner(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("stat", ["-c", "%u:%g", path]) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd().Trim();
    }
}
