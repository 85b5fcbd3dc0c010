using System.Text;
using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary><c>slipway lock</c>, as whoever prepares a site's versions runs it: no node, no root, perhaps no network.</summary>
public sealed class LockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-lock-").FullName;
    private readonly Dictionary<string, byte[]> served = [];
    private readonly Signer signer = new();

    public void Dispose()
    {
        signer.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_built_in_is_locked_without_any_network_the_same_every_time()
    {
        await using var proxy = new LoopbackServer((_, _) => Reply.NotFound);
        var call = new Call("lock", "--kubernetes", "1.36.2", "--kubernetes", "1.35", "--arch", "arm64", "--arch", "amd64")
        {
            Environment = new Dictionary<string, string> { ["http_proxy"] = proxy.Url.AbsoluteUri, ["https_proxy"] = proxy.Url.AbsoluteUri },
        };
        var outcome = (await Agent.RunAsync(call)).Exits(0).Says("kubelet 1.36.2 arm64: sha256 ").Says("vouched for by the built-in table").Says("24 files");
        Assert.Empty(proxy.Hits);
        var artifacts = outcome.Json.GetProperty("artifacts").EnumerateArray().ToList();
        Assert.Equal(24, artifacts.Count);
        Assert.Equal(["cni-plugins", "containerd", "containerd", "crictl", "crictl", "kubeadm", "kubeadm", "kubectl", "kubectl", "kubelet", "kubelet"],
            artifacts.Where(artifact => Text(artifact, "arch") == "arm64").Select(artifact => Text(artifact, "name")).Where(name => name != "runc"));
        Assert.Contains(artifacts, artifact => Text(artifact, "url") == "https://dl.k8s.io/release/v1.36.2/bin/linux/amd64/kubelet"
            && Text(artifact, "sha256") == "3ba68cb4f0906053c08ab843131d5cec559cf8c718dbd679950a078b306abbb4");
        Assert.Equal(outcome.Out, (await Agent.RunAsync(call with { Arguments = ["lock", "--kubernetes", "1.35", "--kubernetes", "1.36.2", "--arch", "amd64", "--arch", "arm64"] })).Out);
    }

    [Fact]
    public async Task A_lock_that_was_written_is_what_a_node_installs_by()
    {
        (await LockAsync("--kubernetes", "1.36.2", "--static-containerd", "--arch", "amd64")).Exits(0).Says("containerd-static 2.3.4 amd64");
        using var node = new Node();
        node.Put("/etc/slipway/artifacts.lock", File.ReadAllText(Path.Join(folder, "out.lock")));
        node.Put("/etc/slipway/node.d/10-node.yaml", Node.Config(new Uri("http://127.0.0.1:1/")));
        (await node.RunAsync("plan")).Says("containerd-static 2.3.4").DoesNotSay("nobody vouches");
    }

    [Fact]
    public async Task The_whole_as_JSON_says_of_each_digest_who_vouches_for_it()
    {
        var json = (await LockAsync("--kubernetes", "1.36.2", "--arch", "amd64", "-o", "json")).Exits(0).Json;
        Assert.Equal(1, json.GetProperty("schemaVersion").GetInt32());
        Assert.All(json.GetProperty("artifacts").EnumerateArray(), artifact => Assert.Equal("the built-in table", Text(artifact, "vouchedForBy")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(Path.Join(folder, "out.lock")));
    }

    [Fact]
    public async Task What_nobody_vouches_for_is_named_all_at_once_and_leaves_the_old_lock_alone()
    {
        File.WriteAllText(Path.Join(folder, "out.lock"), "old");
        (await LockAsync("--kubernetes", "1.33.4", "--arch", "amd64")).Exits(78).Says("artifact.digest-unknown")
            .Says("kubelet 1.33.4 amd64, kubeadm 1.33.4 amd64, kubectl 1.33.4 amd64").Says("--from-sidecars");
        Assert.Equal("old", File.ReadAllText(Path.Join(folder, "out.lock")));
        Assert.Equal(["out.lock"], Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task Checksum_files_vouch_where_they_are_trusted_and_the_lock_keeps_upstreams_addresses()
    {
        foreach (var name in (string[])["kubelet", "kubeadm", "kubectl"])
        {
            served[$"/mirror/release/v1.33.4/bin/linux/amd64/{name}.sha256"] = Encoding.ASCII.GetBytes(new string('a', 64));
        }
        await using var mirror = Serve();
        var outcome = (await LockAsync("--kubernetes", "1.33.4", "--arch", "amd64", "--from-sidecars", "--mirror", $"{mirror.Url}mirror/")).Exits(0)
            .Says($"kubelet 1.33.4 amd64: sha256 {new string('a', 64)}, vouched for by its checksum file alone").Says("shows that a download is whole, not who made it");
        Assert.Contains("runc 1.3.6 amd64", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("\"https://dl.k8s.io/release/v1.33.4/bin/linux/amd64/kubelet\"", File.ReadAllText(Path.Join(folder, "out.lock")), StringComparison.Ordinal);
        Assert.Equal(3, mirror.Hits.Count);
    }

    [Fact]
    public async Task A_download_is_taken_for_what_it_is_only_when_asked_for_and_never_a_page()
    {
        var program = Program(1);
        Put("kubelet", "1.34.1+vmware.1", program);
        Put("kubeadm", "1.34.1+vmware.1", Program(2));
        Put("kubectl", "1.34.1+vmware.1", Program(3));
        await using var mirror = Serve();
        string[] arguments = ["--kubernetes", "v1.34.1+vmware.1", "--arch", "amd64", "--mirror", mirror.Url.AbsoluteUri];
        (await LockAsync(arguments)).Exits(78).Says("kubelet 1.34.1+vmware.1 amd64");
        Assert.Empty(mirror.Hits);
        (await LockAsync([.. arguments, "--download"])).Exits(0).Says($"nobody vouches for kubelet 1.34.1+vmware.1 amd64").Says($"sha256 {Archives.Sha256(program)}, vouched for by nobody");
        Put("kubectl", "1.34.1+vmware.1", "<html>Please log in</html>"u8.ToArray());
        (await LockAsync([.. arguments, "--download"])).Exits(1).Says("artifact.content-unexpected");
    }

    [Fact]
    public async Task The_SSM_agents_installer_is_locked_by_a_download()
    {
        served["/latest/debian_amd64/ssm-setup-cli"] = Program(4);
        served["/latest/linux_amd64/ssm-setup-cli"] = Program(5);
        await using var mirror = Serve();
        string[] arguments = ["--kubernetes", "1.36.2", "--arch", "amd64", "--ssm-region", "eu-central-1", "--mirror", mirror.Url.AbsoluteUri];
        (await LockAsync(arguments)).Exits(78).Says("ssm-setup-cli latest amd64");
        (await LockAsync([.. arguments, "--download"])).Exits(0);
        Assert.Contains("https://amazon-ssm-eu-central-1.s3.eu-central-1.amazonaws.com/latest/debian_amd64/ssm-setup-cli", File.ReadAllText(Path.Join(folder, "out.lock")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_are_checked_where_the_lock_is_made_and_vouch_for_what_is_not_built_in()
    {
        await using var mirror = Sign("1.33.4", signer);
        (await VerifyAsync("1.33.4", mirror)).Exits(0)
            .Says("vouched for by its signature; signed by krel-staging@k8s-releng-prod.iam.gserviceaccount.com")
            .Says("no signature that could be checked is published").Says("its OpenPGP signature is not checked here");
    }

    [Theory]
    [InlineData("mallory", "signature.wrong-identity", "mallory@example.com")]
    [InlineData("issuer", "signature.wrong-issuer", "https://mallory.example")]
    [InlineData("chain", "signature.untrusted", "--signature-roots")]
    [InlineData("bytes", "signature.mismatch", "over these bytes")]
    [InlineData("missing", "http.refused", "kubectl.cert")]
    [InlineData("built in", "artifact.digest-mismatch", "the built-in table has sha256")]
    public async Task A_forgery_is_refused_by_its_name_and_no_lock_is_written(string forgery, string code, string says)
    {
        var version = forgery == "built in" ? "1.36.2" : "1.33.4";
        using var other = new Signer();
        await using var mirror = Sign(version, signer);
        // The last of them: that the others were right does not count.
        var kubectl = $"/release/v{version}/bin/linux/amd64/kubectl";
        switch (forgery)
        {
            case "mallory":
                Put("kubectl", version, Program(3), signer with { Identity = "mallory@example.com" });
                break;
            case "issuer":
                Put("kubectl", version, Program(3), signer with { RawIssuer = null, DerIssuer = "https://mallory.example" });
                break;
            case "chain":
                Put("kubectl", version, Program(3), other);
                break;
            case "bytes":
                served[kubectl] = Program(99);
                break;
            case "missing":
                served.Remove(kubectl + ".cert");
                break;
        }
        (await VerifyAsync(version, mirror)).Exits(1).Says(code).Says(says);
        Assert.Empty(Directory.GetFiles(folder, "out*"));
    }

    [Theory]
    [InlineData(64, "Required", "lock")]
    [InlineData(64, "--signature-roots", "lock", "--kubernetes", "1.36.2", "--verify-signatures")]
    [InlineData(64, "without --verify-signatures", "lock", "--kubernetes", "1.36.2", "--signature-roots", "/x")]
    [InlineData(64, "no such file", "lock", "--kubernetes", "1.36.2", "--verify-signatures", "--signature-roots", "/x")]
    [InlineData(64, "--arch riscv64", "lock", "--kubernetes", "1.36.2", "--arch", "riscv64")]
    [InlineData(64, "--kubernetes latest", "lock", "--kubernetes", "latest")]
    [InlineData(64, "--containerd v2", "lock", "--kubernetes", "1.36.2", "--containerd", "v2.3.4")]
    [InlineData(64, "--mirror ftp:", "lock", "--kubernetes", "1.36.2", "--mirror", "ftp://x")]
    [InlineData(64, "--ssm-region", "lock", "--kubernetes", "1.36.2", "--ssm-region", "x/../y-a-b")]
    [InlineData(78, "config.version-unsupported", "lock", "--kubernetes", "1.30.1")]
    [InlineData(78, "no patch of it", "lock", "--kubernetes", "1.33")]
    [InlineData(1, "runtime.version", "lock", "--kubernetes", "1.36.2", "--containerd", "1.6.36")]
    public async Task A_call_that_cannot_be_right_says_why(int exit, string says, params string[] arguments)
    {
        var outcome = (await Agent.RunAsync(arguments)).Exits(exit);
        Assert.Contains(says, outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(outcome.Out);
    }

    [Fact]
    public async Task What_works_and_is_not_recommended_is_told() => (await LockAsync("--kubernetes", "1.36.2", "--containerd", "1.7.34")).Exits(0)
        .Says("containerd 1.7.34 is not among those that containerd recommends for Kubernetes 1.36: 2.2.0, 2.3.0");

    private static string Text(JsonElement artifact, string name) => artifact.GetProperty(name).GetString()!;

    // What begins as a program does.
    private static byte[] Program(int seed) => [0x7f, .. "ELF"u8, .. Archives.Noise(20_000, seed)];

    private LoopbackServer Serve() => new((path, _) => served.TryGetValue(path, out var bytes) ? new Reply(bytes) : Reply.NotFound);

    private void Put(string name, string version, byte[] bytes, Signer? by = null)
    {
        var path = $"/release/v{version}/bin/linux/amd64/{name}";
        served[path] = bytes;
        if (by is not null)
        {
            var (signature, certificate) = by.Sign(bytes);
            (served[path + ".sig"], served[path + ".cert"]) = (Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(certificate));
        }
    }

    private LoopbackServer Sign(string version, Signer by)
    {
        Put("kubelet", version, Program(1), by);
        Put("kubeadm", version, Program(2), by);
        Put("kubectl", version, Program(3), by);
        return Serve();
    }

    private Task<Outcome> LockAsync(params string[] arguments) => Agent.RunAsync(["lock", "--out", Path.Join(folder, "out.lock"), .. arguments]);

    private Task<Outcome> VerifyAsync(string version, LoopbackServer mirror)
    {
        File.WriteAllText(Path.Join(folder, "roots.pem"), signer.Roots);
        return LockAsync("--kubernetes", version, "--arch", "amd64", "--mirror", mirror.Url.AbsoluteUri, "--verify-signatures", "--signature-roots", Path.Join(folder, "roots.pem"));
    }
}
