using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary><c>slipway install</c> bakes an image: everything in place, nothing started, and a boot of it downloads nothing.</summary>
public sealed class InstallTests : IAsyncDisposable
{
    private readonly Node image = new();
    private readonly Release release = new();
    private readonly Release older;
    private readonly Release newer;
    private readonly LoopbackServer mirror;

    public InstallTests()
    {
        (older, newer) = (new(kubernetes: "1.36.1", containerd: "2.3.3", seed: 100, like: release), new(kubernetes: "1.36.3", containerd: "2.3.5", seed: 200, like: release));
        mirror = new LoopbackServer((path, _) =>
            ((Release[])[release, older, newer]).Select(one => one.Get(path)).FirstOrDefault(reply => reply.Status == 200) ?? Reply.NotFound);
    }

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        image.Dispose();
    }

    [Fact]
    public async Task It_puts_all_in_place_and_a_second_time_changes_and_downloads_nothing()
    {
        (await InstallAsync(release)).Exits(0).Says("installed").Says("kubelet 1.36.2").Says("/opt/slipway/kubernetes/1.36.2/bin");
        Assert.Equal("/opt/slipway/kubernetes/current/bin/kubelet", new FileInfo(image["/usr/bin/kubelet"]).LinkTarget);
        Assert.Equal("/usr/lib/systemd/system/containerd.service", new FileInfo(image["/etc/systemd/system/multi-user.target.wants/containerd.service"]).LinkTarget);
        Assert.Empty(image.Leftovers());
        var (before, downloads) = (TreeListing.Of(image.Root, times: true, "run"), mirror.Hits.Count);
        (await InstallAsync(release)).Exits(0).Says("nothing to do");
        Assert.Equal(before, TreeListing.Of(image.Root, times: true, "run"));
        Assert.Equal(downloads, mirror.Hits.Count);
    }

    [Theory]
    [InlineData("kubernetes: {version: 1.36.2}")]
    [InlineData("kubernetes: {version: \"1.36\"}")]
    [InlineData("node: {ip: auto}")]
    public async Task A_boot_of_the_image_downloads_nothing_also_when_there_is_no_mirror(string kubernetes)
    {
        (await InstallAsync(release)).Exits(0);
        var downloads = mirror.Hits.Count;
        // No lock: what was baked stands in the image itself.
        image.Put("/etc/slipway/node.d/10-node.yaml", $$"""
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              {{kubernetes}}
              artifacts: {mirrors: ["http://127.0.0.1:{{LoopbackServer.FreePort()}}/"]}
              join: {mode: prepare}
            """);
        image.Put("/etc/hostname", "worker-7\n");
        (await image.RunAsync("run")).Exits(0).Says("prepared");
        Assert.Equal(downloads, mirror.Hits.Count);
        Assert.Equal("1.36.2", new FileInfo(image["/opt/slipway/kubernetes/current"]).LinkTarget);
        (await image.RunAsync("status")).Exits(0);
    }

    [Fact]
    public async Task What_was_baked_is_recorded_byte_for_byte_the_same_each_time()
    {
        image.Put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        var said = (await InstallAsync(release, ["--output", "json"], epoch: "1700000000")).Exits(0).Json;
        var text = await File.ReadAllTextAsync(image["/usr/lib/slipway/image.json"], Ct);
        var record = JsonDocument.Parse(text).RootElement;
        Assert.Equal(1, record.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("2023-11-14T22:13:20Z", record.GetProperty("time").GetString());
        Assert.Equal("debian 12", $"{record.GetProperty("os").GetProperty("id")} {record.GetProperty("os").GetProperty("version")}");
        Assert.Equal("1.36.2 2.3.4 1.4.3 1.9.1 1.36.0", string.Join(' ', ((string[])["kubernetes", "containerd", "runc", "cni-plugins", "crictl"])
            .Select(part => record.GetProperty("versions").GetProperty(part))));
        Assert.StartsWith("registry.k8s.io/pause:", record.GetProperty("versions").GetProperty("pause").GetString(), StringComparison.Ordinal);
        Assert.Equal(7, record.GetProperty("artifacts").GetArrayLength());
        Assert.All(record.GetProperty("artifacts").EnumerateArray(), artifact => Assert.Contains(artifact.GetProperty("sha256").GetString()!, release.Lock, StringComparison.Ordinal));
        Assert.Equal(record.GetProperty("artifacts").GetRawText().Length > 0, said.GetProperty("changed").GetInt32() > 20);
        Assert.Equal(record.GetProperty("versions").GetProperty("kubernetes").GetString(), said.GetProperty("image").GetProperty("versions").GetProperty("kubernetes").GetString());

        using var other = new Node();
        other.Put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        (await InstallAsync(release, [], epoch: "1700000000", into: other)).Exits(0);
        Assert.Equal(text, await File.ReadAllTextAsync(other["/usr/lib/slipway/image.json"], Ct));
    }

    [Fact]
    public async Task A_set_is_replaced_once_the_new_one_is_whole_and_put_back_without_a_download()
    {
        (await InstallAsync(older)).Exits(0);
        (await InstallAsync(release)).Exits(0);
        Assert.Equal(("1.36.2", "2.3.4"), Current());
        Assert.True(File.Exists(image["/opt/slipway/kubernetes/1.36.1/bin/kubelet"]));
        var downloads = mirror.Hits.Count;
        (await InstallAsync(older)).Exits(0);
        Assert.Equal(("1.36.1", "2.3.3"), Current());
        Assert.Equal(downloads, mirror.Hits.Count);

        // The one in use and the one before it stay, and no other.
        (await InstallAsync(newer)).Exits(0).Says("remove /opt/slipway/kubernetes/1.36.2");
        Assert.Equal(("1.36.3", "2.3.5"), Current());
        Assert.Equal(["1.36.1", "1.36.3", "current"], Names("/opt/slipway/kubernetes"));
        Assert.Equal(["2.3.3", "2.3.5", "current"], Names("/opt/slipway/runtime"));
        Assert.DoesNotContain(Names("/opt/slipway/installed"), name => name.Contains("1.36.2", StringComparison.Ordinal));
        (await InstallAsync(newer)).Exits(0).Says("nothing to do");
        downloads = mirror.Hits.Count;
        (await InstallAsync(older)).Exits(0);
        Assert.Equal(downloads, mirror.Hits.Count);
    }

    [Fact]
    public async Task A_part_alone_can_be_installed_and_another_added_later()
    {
        (await InstallAsync(release, ["--only", "kubectl", "--only", "crictl"])).Exits(0);
        Assert.Equal(["crictl", "kubectl"], Names("/usr/bin"));
        Assert.False(Directory.Exists(image["/opt/slipway/runtime"]));
        (await InstallAsync(release, ["--only", "runc"])).Exits(0);
        Assert.Equal(["crictl", "kubectl", "runc"], Names("/usr/bin"));
        var record = JsonDocument.Parse(await File.ReadAllTextAsync(image["/usr/lib/slipway/image.json"], Ct)).RootElement;
        Assert.Equal(["crictl", "kubectl", "runc"], record.GetProperty("artifacts").EnumerateArray().Select(artifact => artifact.GetProperty("name").GetString()));
        // Half a set of another version would leave the rest of this one behind.
        (await InstallAsync(newer, ["--only", "kubectl"])).Exits(64).Says("crictl");
        (await InstallAsync(release)).Exits(0);
        Assert.True(File.Exists(image["/opt/slipway/kubernetes/1.36.2/bin/kubelet"]));
    }

    [Fact]
    public async Task A_digest_of_the_caller_wins_and_one_that_fits_nothing_is_refused()
    {
        var path = release.PathOf("/kubectl");
        (await InstallAsync(release, ["--digest", $"{path}=sha256:{new string('a', 64)}"])).Exits(1).Says("artifact.digest-mismatch").Says(new string('a', 64));
        (await InstallAsync(release, ["--digest", $"/nothing{path}=sha256:{new string('a', 64)}"])).Exits(64).Says("/nothing");
        Assert.Empty(image.Leftovers());
    }

    [Fact]
    public async Task Kubernetes_that_others_installed_is_used_as_it_is()
    {
        image.Put("/etc/slipway/node.d/10-node.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {kubernetes: {source: none}}\n");
        (await InstallAsync(release)).Exits(1).Says("kubernetes.missing").Says("kubelet");
        image.Put("/usr/bin/kubelet", "#!/bin/sh\n", (UnixFileMode)0b111_101_101);
        image.Put("/usr/bin/kubeadm", "#!/bin/sh\n");
        (await InstallAsync(release)).Exits(1).Says("kubernetes.missing").Says("kubeadm");
        image.Put("/usr/bin/kubeadm", "#!/bin/sh\n", (UnixFileMode)0b111_101_101);
        (await InstallAsync(release)).Exits(0);
        Assert.Equal("#!/bin/sh\n", await File.ReadAllTextAsync(image["/usr/bin/kubelet"], Ct));
        Assert.False(Directory.Exists(image["/opt/slipway/kubernetes"]));
        Assert.True(File.Exists(image["/opt/slipway/runtime/2.3.4/bin/containerd"]));
    }

    [Theory]
    [InlineData(64, "slipway install --kubernetes 1.36")]
    [InlineData(64, "--kubernetes", "--kubernetes", "1.x")]
    [InlineData(64, "cannot install Kubernetes 1.20.3", "--kubernetes", "1.20.3")]
    [InlineData(64, "release, distro, docker, none", "--kubernetes", "1.36", "--runtime-source", "apt")]
    [InlineData(64, "--mirror", "--kubernetes", "1.36", "--mirror", "ftp://mirror.example/")]
    [InlineData(64, "containerd, runc, cni-plugins, crictl, kubelet, kubeadm, kubectl", "--kubernetes", "1.36", "--only", "kube-proxy")]
    [InlineData(64, "PATH=sha256:HEX", "--kubernetes", "1.36", "--digest", "kubelet")]
    [InlineData(64, "PATH=sha256:HEX", "--kubernetes", "1.36", "--digest", "/kubelet=sha256:12")]
    [InlineData(64, "amd64 and arm64", "--kubernetes", "1.36", "--arch", "s390x")]
    [InlineData(78, "bundle.missing", "--kubernetes", "1.36", "--bundle", "/nowhere/k8s.bundle")]
    [InlineData(78, "/nowhere/artifacts.lock", "--kubernetes", "1.36", "--lock", "/nowhere/artifacts.lock")]
    [InlineData(78, "1.35.99", "--kubernetes", "1.35.99")]
    [InlineData(64, "--frobnicate", "--frobnicate")]
    public async Task A_wrong_option_is_named_and_nothing_is_touched(int code, string said, params string[] options)
    {
        (await image.RunAsync(["install", .. options])).Exits(code).Says(said);
        Assert.Empty(image.Tree());
    }

    [Fact]
    public async Task An_operators_documents_count_and_the_command_line_wins()
    {
        image.Put("/usr/lib/slipway/node.d/10-image.yaml", $$"""
            apiVersion: slipway.dev/v1alpha1
            kind: NodeConfig
            spec:
              kubernetes: {version: 1.36.1}
              artifacts: {mirrors: ["{{mirror.Url}}"], lock: /etc/slipway/artifacts.lock}
            """);
        image.Put("/etc/slipway/artifacts.lock", older.Lock);
        (await image.RunAsync("install")).Exits(0).Says("kubelet 1.36.1");
        (await InstallAsync(release)).Exits(0).Says("kubelet 1.36.2");
    }

    [Fact]
    public async Task A_joined_node_is_not_changed_under_its_kubelet()
    {
        image.Put("/etc/kubernetes/kubelet.conf", "x");
        (await InstallAsync(release)).Exits(1).Says("node.joined");
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task A_dry_run_says_what_it_would_do_also_to_programs()
    {
        var text = (await InstallAsync(release, ["--dry-run"])).Exits(0).Says("Nothing has been touched.");
        var json = (await InstallAsync(release, ["--dry-run", "--output", "json"])).Exits(0).Json;
        Assert.True(json.GetProperty("dryRun").GetBoolean());
        Assert.Equal(image.Root, json.GetProperty("root").GetString());
        var changes = json.GetProperty("changes").EnumerateArray().ToList();
        Assert.Contains(changes, change => change.GetProperty("resource").GetString() == "link:/usr/bin/kubelet");
        Assert.All(changes, change => text.Says($"{change.GetProperty("step").GetString()}: would {change.GetProperty("change").GetString()}"));
        Assert.Empty(mirror.Hits);
        Assert.False(Directory.Exists(image["/opt"]));
    }

    private (string?, string?) Current() => (new FileInfo(image["/opt/slipway/kubernetes/current"]).LinkTarget, new FileInfo(image["/opt/slipway/runtime/current"]).LinkTarget);

    private IEnumerable<string> Names(string folder) => Directory.EnumerateFileSystemEntries(image[folder]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private async Task<Outcome> InstallAsync(Release one, string[]? more = null, string? epoch = null, Node? into = null)
    {
        var locked = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(locked, one.Lock, Ct);
            var call = (into ?? image).Call(["install", "--kubernetes", one.Version, "--mirror", mirror.Url.AbsoluteUri, "--lock", locked, .. more ?? []]);
            return await Agent.RunAsync(epoch is null ? call : call with { Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = epoch } });
        }
        finally
        {
            File.Delete(locked);
        }
    }
}
