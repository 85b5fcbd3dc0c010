using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Slipway.Lab;

namespace Slipway.Acceptance;

/// <summary>One file for an air-gapped site: made, verified, spoilt in every way, pushed into a real registry, installed with no network.</summary>
public sealed class BundleTests : IDisposable
{
    private readonly Node node = new();
    private readonly Release release = new(300_000);
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-bundle-").FullName;

    public void Dispose()
    {
        node.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string At(string name) => Path.Join(folder, name);

    [Fact]
    public async Task A_bundle_is_made_anywhere_and_two_of_the_same_are_the_same_bytes()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        await MakeAsync(mirror.Url, "one.bundle");
        await MakeAsync(mirror.Url, "two.bundle", "--cache", At("cache"));
        var hits = mirror.Hits.Count;
        await MakeAsync(mirror.Url, "three.bundle", "--cache", At("cache"));
        Assert.Equal(hits, mirror.Hits.Count);
        var bytes = await File.ReadAllBytesAsync(At("one.bundle"), Ct);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(At("two.bundle"), Ct));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(At("three.bundle"), Ct));
        Assert.Equal(["cache", "lock", "one.bundle", "three.bundle", "two.bundle"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var told = (await Agent.RunAsync("bundle", "verify", At("one.bundle"), "-o", "json")).Exits(0).Json;
        Assert.Equal(("1.36.2", "2026-01-02T03:04:05Z", 8), (told.GetProperty("kubernetes").GetString(), told.GetProperty("created").GetString(), told.GetProperty("files").GetArrayLength()));
        (await Agent.RunAsync("bundle", "verify", At("one.bundle"))).Exits(0).Says("Kubernetes 1.36.2, amd64").Says("containerd 2.3.4 amd64");
        // Another program reads it, and its checksums.
        Directory.CreateDirectory(At("plain"));
        await Tool.RunAsync("tar", "-xzf", At("one.bundle"), "-C", At("plain"));
        await Tool.RunInAsync(At("plain"), "sha256sum", "--strict", "-c", "SHA256SUMS");
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_bundle_is_said_by_name()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        await MakeAsync(mirror.Url, "good.bundle");
        var good = await File.ReadAllBytesAsync(At("good.bundle"), Ct);
        var members = Members(good);
        var last = members[^1];
        var first = members.FindIndex(member => member.Name.StartsWith("artifacts/", StringComparison.Ordinal) && member != last);
        Dictionary<string, (byte[] Bytes, string Code, string Says)> spoilt = new()
        {
            ["cut in the middle"] = (good[..(good.Length / 2)], "bundle.damaged", "good"),
            ["cut before its end"] = (good[..^6], "bundle.damaged", "its end is missing"),
            ["something after its end"] = ([.. good, .. "more"u8], "bundle.damaged", "something follows it"),
            ["a member is missing"] = (Pack([.. members[..^1]]), "bundle.damaged", last.Name),
            ["a member is there twice"] = (Pack([.. members, last]), "bundle.unexpected", last.Name),
            ["a member that is not listed"] = (Pack([.. members, new("artifacts/extra", [1])]), "bundle.unexpected", "artifacts/extra"),
            ["a path that leaves the folder"] = (Pack([.. members, new("../../etc/passwd", [1])]), "bundle.unexpected", "../../etc/passwd"),
            ["an absolute path"] = (Pack([.. members, new("/etc/passwd", [1])]), "bundle.unexpected", "/etc/passwd"),
            ["a link"] = (Pack([.. members[..^1], last with { Type = TarEntryType.SymbolicLink }]), "bundle.unexpected", last.Name),
            ["other bytes"] = (Pack([.. members[..first], members[first] with { Bytes = Flipped(members[first].Bytes) }, .. members[(first + 1)..]]), "bundle.damaged", members[first].Name),
            ["another length"] = (Pack([.. members[..^1], last with { Bytes = [.. last.Bytes, 0] }]), "bundle.damaged", last.Name),
            ["another lock"] = (Pack([members[0], members[1] with { Bytes = Flipped(members[1].Bytes) }, .. members[2..]]), "bundle.damaged", "artifacts.lock"),
            ["other checksums"] = (Pack([.. members[..2], members[2] with { Bytes = Flipped(members[2].Bytes) }, .. members[3..]]), "bundle.damaged", "SHA256SUMS"),
            ["no listing"] = (Pack([.. members[1..]]), "bundle.invalid", "slipway-bundle.json"),
            ["another format"] = (Pack([members[0] with { Bytes = Replaced(members[0].Bytes, "\"schemaVersion\": 1", "\"schemaVersion\": 9") }, .. members[1..]]), "bundle.invalid", "schemaVersion 9"),
            ["a listing with a path of its own"] = (Pack([members[0] with { Bytes = Replaced(members[0].Bytes, "\"artifacts/", "\"../../etc/") }, .. members[1..]]), "bundle.invalid", "../../etc/"),
            ["damage in the packing"] = (Flipped(good), "bundle.", "good"),
            ["no archive at all"] = (Archives.Noise(1000, 1), "bundle.invalid", "not packed with gzip"),
            ["packed with zstd"] = ([0x28, 0xb5, 0x2f, 0xfd, .. good], "bundle.invalid", "zstd"),
            ["empty"] = ([], "bundle.invalid", "gzip"),
        };
        foreach (var (what, (bytes, code, says)) in spoilt)
        {
            await File.WriteAllBytesAsync(At("good.bundle"), bytes, Ct);
            var outcome = await Agent.RunAsync("bundle", "verify", At("good.bundle"));
            Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains(code, StringComparison.Ordinal) && outcome.Error.Contains(says, StringComparison.Ordinal), $"{what}: {outcome.ExitCode}\n{outcome.All}");
        }
        (await Agent.RunAsync("bundle", "verify", At("none"))).Exits(78).Says("bundle.missing");
    }

    [Fact]
    public async Task A_node_is_prepared_from_a_bundle_with_no_network_at_all()
    {
        await MakeOfUnknownVersionsAsync();
        node.Put("/media/keep", "");
        File.Copy(At("k8s.bundle"), node["/media/k8s.bundle"]);
        node.Put("/etc/slipway/node.d/10-node.yaml", Config("bundle: /media/k8s.bundle", Unknown));
        (await node.RunAsync("plan")).Exits(0);
        (await node.RunAsync("run")).Exits(0).Says("prepared:");
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/current/bin/kubelet"]) && File.Exists(node["/opt/cni/bin/loopback"]) && File.Exists(node["/usr/bin/containerd"]));
        Assert.Empty(node.Leftovers());
        Assert.False(Directory.Exists(node["/var/lib/slipway/cache"]));
        // The medium is gone: what was accepted stays.
        File.Delete(node["/media/k8s.bundle"]);
        var tree = node.Tree();
        (await node.RunAsync("run")).Exits(0).Says("prepared: 0 changed");
        Assert.Equal(tree, node.Tree());
    }

    [Fact]
    public async Task Nothing_is_installed_from_a_bundle_that_is_damaged_at_its_end()
    {
        await MakeOfUnknownVersionsAsync();
        var members = Members(await File.ReadAllBytesAsync(At("k8s.bundle"), Ct));
        node.Put("/media/keep", "");
        await File.WriteAllBytesAsync(node["/media/k8s.bundle"], Pack([.. members[..^1], members[^1] with { Bytes = Flipped(members[^1].Bytes) }]), Ct);
        node.Put("/etc/slipway/node.d/10-node.yaml", Config("bundle: /media/k8s.bundle", Unknown));
        (await node.RunAsync("run")).Exits(1).Says("bundle.damaged").Says(members[^1].Name);
        Assert.Empty(Directory.Exists(node["/opt/slipway"]) ? Directory.EnumerateFiles(node["/opt/slipway"], "*", SearchOption.AllDirectories) : []);
        Assert.Empty(Directory.Exists(node["/var/lib/slipway/cache"]) ? Directory.EnumerateFiles(node["/var/lib/slipway/cache"]) : []);
    }

    [Fact]
    public async Task A_bundle_that_disagrees_with_the_lock_file_is_refused_before_anything_is_touched()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        await MakeAsync(mirror.Url, "k8s.bundle");
        node.Put("/media/keep", "");
        File.Copy(At("k8s.bundle"), node["/media/k8s.bundle"]);
        var kubelet = Archives.Sha256(Archives.Noise(300_000, 9));
        node.Put("/etc/slipway/artifacts.lock", release.Lock.Replace(kubelet, new string('a', 64), StringComparison.Ordinal));
        node.Put("/etc/slipway/node.d/10-node.yaml", Config("bundle: /media/k8s.bundle, lock: /etc/slipway/artifacts.lock"));
        (await node.RunAsync("run")).Exits(1).Says("bundle.conflict").Says(kubelet).Says(new string('a', 64));
        Assert.False(Directory.Exists(node["/opt"]));
        node.Put("/etc/slipway/node.d/10-node.yaml", Config("bundle: /media/k8s.bundle"));
        (await node.RunAsync("run")).Exits(1).Says("bundle.conflict").Says("the built-in table says");
        node.Put("/etc/slipway/node.d/10-node.yaml", Config("bundle: /media/none"));
        (await node.RunAsync("run")).Exits(78).Says("bundle.missing").Says("/media/none");
    }

    [Fact]
    public async Task A_sites_registry_is_filled_from_a_bundle_and_nodes_install_from_it()
    {
        await using var site = await SiteRegistry.StartAsync(new SiteRegistryOptions { WantsPassword = true });
        await using (var mirror = new LoopbackServer((path, _) => release.Get(path)))
        {
            await MakeAsync(mirror.Url, "k8s.bundle");
        }
        await File.WriteAllTextAsync(At("secret"), SiteRegistry.Credentials + "\n", Ct);
        var repository = $"oci://{site.Authority}/site/slipway";
        (await Agent.RunAsync("bundle", "push", At("k8s.bundle"), repository)).Exits(1).Says("registry.unauthorized");
        (await Agent.RunAsync("bundle", "push", At("k8s.bundle"), repository, "--credentials-file", At("secret"))).Exits(0).Says("kubelet 1.36.2 pushed").Says($"{site.Authority}/site/slipway:1.36.2");
        (await Agent.RunAsync("bundle", "push", At("k8s.bundle"), repository, "--credentials-file", At("secret"))).Exits(0).Says("kubelet 1.36.2 is there").DoesNotSay(" pushed:");
        var seen = await Tool.RunAsync("skopeo", "--insecure-policy", "inspect", "--raw", "--tls-verify=false", $"--creds={SiteRegistry.Credentials}", $"docker://{site.Authority}/site/slipway:1.36.2");
        Assert.Contains("application/vnd.slipway.bundle.v1", seen, StringComparison.Ordinal);
        Assert.Contains($"release/v1.36.2/bin/linux/amd64/kubelet", seen, StringComparison.Ordinal);
        node.Put("/etc/slipway/artifacts.lock", release.Lock);
        node.Put("/etc/slipway/site", SiteRegistry.Credentials, (UnixFileMode)0b110_000_000);
        node.Put("/etc/slipway/node.d/10-node.yaml", Config($"lock: /etc/slipway/artifacts.lock, mirrors: [{{url: \"{repository}\", credentials: {{fromFile: /etc/slipway/site}}}}]"));
        (await node.RunAsync("run")).Exits(0).Says("prepared:").DoesNotSay("canary");
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/current/bin/kubelet"]));
    }

    [Fact]
    public async Task Images_travel_with_the_bundle_into_the_sites_registry()
    {
        using var layout = new ImageLayout("amd64", "arm64");
        await using var upstream = await SiteRegistry.StartAsync();
        await using var site = await SiteRegistry.StartAsync();
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        await layout.PushAsync($"{upstream.Authority}/pause:3");
        await MakeAsync(mirror.Url, "k8s.bundle", "--images", $"{upstream.Authority}/pause:3");
        (await Agent.RunAsync("bundle", "verify", At("k8s.bundle"))).Exits(0).Says($"image {upstream.Authority}/pause:3 amd64");
        (await Agent.RunAsync("bundle", "push", At("k8s.bundle"), $"oci://{site.Authority}/slipway")).Exits(0);
        var image = $"{site.Authority}/slipway/{upstream.Authority.Replace(':', '_')}/pause:3";
        var digest = await Tool.RunAsync("skopeo", "--insecure-policy", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", $"docker://{image}");
        Assert.Equal($"sha256:{layout.Manifests["amd64"]}", digest.Trim());
        await Tool.RunAsync("skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", $"docker://{image}", $"oci-archive:{At("again.tar")}");
    }

    [Fact]
    public async Task An_image_for_two_architectures_is_one_name_in_the_sites_registry()
    {
        using var layout = new ImageLayout("amd64", "arm64");
        await using var upstream = await SiteRegistry.StartAsync();
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{upstream.Authority}/pause:3");
        var arm = release.Lock.Replace("amd64", "arm64", StringComparison.Ordinal).Split("\"artifacts\":[")[1];
        await using var mirror = new LoopbackServer((path, _) => release.Get(path.Replace("arm64", "amd64", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(At("lock"), release.Lock[..^2] + "," + arm, Ct);
        (await Agent.RunAsync("bundle", "create", "--kubernetes", "1.36.2", "--arch", "amd64", "--arch", "arm64", "--mirror", mirror.Url.AbsoluteUri, "--lock", At("lock"),
            "--images", $"{upstream.Authority}/pause:3", "--out", At("k8s.bundle"))).Exits(0);
        (await Agent.RunAsync("bundle", "push", At("k8s.bundle"), $"oci://{site.Authority}/slipway")).Exits(0);
        foreach (var (architecture, digest) in layout.Manifests)
        {
            var image = $"docker://{site.Authority}/slipway/{upstream.Authority.Replace(':', '_')}/pause:3";
            var seen = await Tool.RunAsync("skopeo", "--insecure-policy", "--override-os=linux", $"--override-arch={architecture}", "inspect", "--tls-verify=false", "--config", image);
            Assert.Contains($"\"architecture\":\"{architecture}\"", seen.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
            await Tool.RunAsync("skopeo", "--insecure-policy", "inspect", "--raw", "--tls-verify=false", image[..^2] + "@sha256:" + digest);
        }
    }

    [Fact]
    public async Task An_image_is_baked_from_a_bundle_of_the_callers_own()
    {
        await MakeOfUnknownVersionsAsync();
        (await node.RunAsync("install", "--bundle", At("k8s.bundle"), "--arch", "amd64")).Exits(0);
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/current/bin/kubelet"]) && File.Exists(node["/usr/bin/containerd"]));
    }

    [Fact]
    public async Task A_bundle_of_files_that_were_published_anew_is_baked_where_a_lock_file_says_so()
    {
        await using (var mirror = new LoopbackServer((path, _) => release.Get(path)))
        {
            await MakeAsync(mirror.Url, "k8s.bundle");
        }
        (await node.RunAsync("install", "--bundle", At("k8s.bundle"), "--arch", "amd64")).Exits(1).Says("bundle.conflict");
        Assert.False(Directory.Exists(node["/opt/slipway"]));
        (await node.RunAsync("install", "--bundle", At("k8s.bundle"), "--arch", "amd64", "--lock", At("lock"))).Exits(0);
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/current/bin/kubelet"]));
    }

    [Fact]
    public async Task The_images_of_a_bundle_are_baked_also_where_all_else_is_there_and_go_on_uninstall()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        await File.WriteAllBytesAsync(At("pause.tar"), Image("registry.example/pause:1"), Ct);
        await MakeAsync(mirror.Url, "k8s.bundle", "--images", At("pause.tar"));
        (await node.RunAsync("install", "--kubernetes", "1.36.2", "--mirror", mirror.Url.AbsoluteUri, "--lock", At("lock"))).Exits(0);
        var downloads = mirror.Hits.Count;
        node.Put("/usr/lib/slipway/images/pause.tar", "somebody's");
        string[] install = ["install", "--bundle", At("k8s.bundle"), "--lock", At("lock"), "--arch", "amd64"];
        (await node.RunAsync([.. install, "--dry-run"])).Exits(0).Says("/usr/lib/slipway/images/pause.tar");
        (await node.RunAsync([.. install, "--images", At("pause.tar")])).Exits(64).Says("usage.option-invalid");
        (await node.RunAsync(install)).Exits(0).Says("installed, ");
        Assert.Equal(downloads, mirror.Hits.Count);
        Assert.Equal(await File.ReadAllBytesAsync(At("pause.tar"), Ct), await File.ReadAllBytesAsync(node["/usr/lib/slipway/images/pause.tar"], Ct));
        Assert.Contains("registry.example/pause:1", await File.ReadAllTextAsync(node["/usr/lib/slipway/image.json"], Ct), StringComparison.Ordinal);
        Assert.False(Directory.Exists(node["/var/lib/slipway/cache"]));
        (await node.RunAsync(install)).Exits(0).Says("nothing to do");
        (await node.RunAsync("uninstall")).Exits(0);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(node["/usr/lib/slipway/images/pause.tar"], Ct));
        Assert.False(Directory.Exists(node["/var/lib/slipway"]));
    }

    [Fact]
    public async Task A_bundle_that_the_images_documents_name_is_used()
    {
        await MakeOfUnknownVersionsAsync();
        node.Put("/media/keep", "");
        File.Copy(At("k8s.bundle"), node["/media/k8s.bundle"]);
        node.Put("/etc/slipway/node.d/10-node.yaml", $"apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  artifacts: {{bundle: /media/k8s.bundle}}\n");
        (await node.RunAsync("install", "--arch", "amd64")).Exits(0).Says($"kubelet {Unknown}");
        Assert.True(File.Exists(node["/opt/slipway/kubernetes/current/bin/kubelet"]));
        (await node.RunAsync("install", "--arch", "amd64", "--lock", "/nowhere")).Exits(78).Says("artifact.lock-missing");
    }

    [Fact]
    public async Task A_mistyped_archive_is_told_at_once_and_asked_of_no_registry()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        (await Agent.RunAsync("bundle", "create", "--kubernetes", "1.36.2", "--arch", "amd64", "--mirror", mirror.Url.AbsoluteUri,
            "--out", At("k8s.bundle"), "--images", "noimg.tar")).Exits(78).Says("image.archive-missing").Says("noimg.tar");
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task What_lies_beside_a_bundle_that_is_made_stays()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(path));
        Directory.CreateDirectory(At("one.bundle.work"));
        await File.WriteAllTextAsync(At("one.bundle.work/thesis"), "years", Ct);
        await Task.WhenAll(MakeAsync(mirror.Url, "one.bundle", "--cache", At("cache")), MakeAsync(mirror.Url, "one.bundle", "--cache", At("cache")));
        (await Agent.RunAsync("bundle", "verify", At("one.bundle"))).Exits(0);
        Assert.Equal("years", await File.ReadAllTextAsync(At("one.bundle.work/thesis"), Ct));
        Assert.Equal(["cache", "lock", "one.bundle", "one.bundle.work"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_installs_from_one_bundle_into_one_cache_at_once_are_each_right()
    {
        await MakeOfUnknownVersionsAsync();
        using var other = new Node();
        string[] install = ["install", "--bundle", At("k8s.bundle"), "--arch", "amd64", "--cache", At("cache")];
        var outcomes = await Task.WhenAll(node.RunAsync(install), other.RunAsync(install));
        Assert.All(outcomes, outcome => outcome.Exits(0));
        Assert.All(Directory.EnumerateFiles(At("cache")), file => Assert.Equal(Path.GetFileName(file), Archives.Sha256(File.ReadAllBytes(file))));
    }

    [Fact]
    public async Task The_memory_stays_flat_whatever_the_size_of_a_bundle()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/time"), "measures the peak with /usr/bin/time, which is not installed");
        await using var site = await SiteRegistry.StartAsync();
        var big = new Release(20_000_000);
        await using var mirror = new LoopbackServer((path, _) => big.Get(path));
        await File.WriteAllTextAsync(At("lock"), big.Lock, Ct);
        foreach (var command in (string[][])
            [
                ["bundle", "create", "--kubernetes", "1.36.2", "--arch", "amd64", "--mirror", mirror.Url.AbsoluteUri, "--lock", At("lock"), "--out", At("big")],
                ["bundle", "verify", At("big")],
                ["bundle", "push", At("big"), $"oci://{site.Authority}/slipway"],
            ])
        {
            var outcome = (await Agent.RunAsync(new Call(command) { Through = ["/usr/bin/time", "-f", "peak %M"] })).Exits(0);
            Assert.InRange(int.Parse(outcome.Error.Split("peak ")[1], System.Globalization.CultureInfo.InvariantCulture), 1, 140 * 1024);
        }
    }

    [Theory]
    [InlineData("usage.option-invalid", "--kubernetes", "latest")]
    [InlineData("usage.option-invalid", "--kubernetes", "1.36.2", "--arch", "riscv64")]
    [InlineData("usage.option-invalid", "--kubernetes", "1.36.2", "--mirror", "ftp://mirror.example")]
    [InlineData("artifact.lock-missing", "--kubernetes", "1.36.2", "--lock", "/nowhere")]
    [InlineData("artifact.digest-unknown", "--kubernetes", "1.36.999")]
    public async Task What_cannot_be_made_is_said_before_anything_is_downloaded(string code, params string[] options)
    {
        var outcome = await Agent.RunAsync(["bundle", "create", .. options, "--out", At("x")]);
        Assert.True(outcome.ExitCode is 64 or 78, outcome.All);
        outcome.Says(code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    // Nobody vouches for these but the bundle's own lock.
    private const string Unknown = "1.36.98";
    private static readonly (string Known, string Unknown)[] Versions = [("2.3.4", "2.3.98"), ("1.4.3", "1.4.98"), ("1.9.1", "1.9.98"), ("1.36.0", "1.36.97"), ("1.36.2", Unknown)];

    private async Task MakeOfUnknownVersionsAsync()
    {
        await using var mirror = new LoopbackServer((path, _) => release.Get(Versions.Aggregate(path, (text, pair) => text.Replace(pair.Unknown, pair.Known, StringComparison.Ordinal))));
        await File.WriteAllTextAsync(At("lock"), Versions.Aggregate(release.Lock, (text, pair) => text.Replace(pair.Known, pair.Unknown, StringComparison.Ordinal)), Ct);
        (await Agent.RunAsync("bundle", "create", "--kubernetes", Unknown, "--arch", "amd64", "--mirror", mirror.Url.AbsoluteUri, "--lock", At("lock"), "--out", At("k8s.bundle"))).Exits(0);
    }

    private static string Config(string artifacts, string kubernetes = Release.Kubernetes) => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {version: {{kubernetes}}}
          node: {name: worker-7}
          artifacts: { {{artifacts}} }
          join:
            mode: prepare
            kubeadm:
              join: {apiServerEndpoint: "10.0.0.10:6443", token: {{Node.Token}}, caCertHashes: ["sha256:{{new string('a', 64)}}"]}
        """;

    private async Task MakeAsync(Uri mirror, string name, params string[] more)
    {
        await File.WriteAllTextAsync(At("lock"), release.Lock, Ct);
        (await Agent.RunAsync(new Call(["bundle", "create", "--kubernetes", "1.36.2", "--arch", "amd64", "--mirror", mirror.AbsoluteUri, "--lock", At("lock"), "--out", At(name), .. more])
        {
            Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1767323045" },
        })).Exits(0);
    }

    private static byte[] Image(string name)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "manifest.json")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes($$"""[{"Config":"c.json","RepoTags":["{{name}}"],"Layers":[]}]""")),
            });
        }
        return bytes.ToArray();
    }

    private static byte[] Flipped(byte[] bytes)
    {
        byte[] other = [.. bytes];
        other[other.Length / 2] ^= 1;
        return other;
    }

    private static byte[] Replaced(byte[] bytes, string one, string other) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace(one, other, StringComparison.Ordinal));

    private static List<Member> Members(byte[] bundle)
    {
        var members = new List<Member>();
        using var tar = new TarReader(new GZipStream(new MemoryStream(bundle), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            var bytes = new byte[entry.Length];
            entry.DataStream?.ReadExactly(bytes);
            members.Add(new Member(entry.Name, bytes));
        }
        return members;
    }

    private static byte[] Pack(params Member[] members)
    {
        using var packed = new MemoryStream();
        using (var tar = new TarWriter(new GZipStream(packed, CompressionLevel.Fastest), TarEntryFormat.Ustar))
        {
            foreach (var member in members)
            {
                tar.WriteEntry(member.Type == TarEntryType.RegularFile
                    ? new UstarTarEntry(member.Type, member.Name) { DataStream = new MemoryStream(member.Bytes) }
                    : new UstarTarEntry(member.Type, member.Name) { LinkName = "/etc/passwd" });
            }
        }
        return packed.ToArray();
    }

    private sealed record Member(string Name, byte[] Bytes, TarEntryType Type = TarEntryType.RegularFile);
}
