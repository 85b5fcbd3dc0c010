using System.Text;
using System.Text.Json;
using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>What vouches for a file: the lock file first, then the table that is compiled in.</summary>
public sealed class DigestTests
{
    private static readonly string[] Architectures = ["amd64", "arm64"];

    [Fact]
    public void The_lock_wins_over_the_table_and_the_table_speaks_where_the_lock_is_silent()
    {
        var kubelet = Catalog.Kubernetes("kubelet", "1.36.2", "amd64");
        var digests = new Digests(Lock("kubelet", "1.36.2", "amd64", "https://mirror.example" + kubelet.Url.AbsolutePath, new string('a', 64)));
        Assert.Equal(new string('a', 64), digests.Find(kubelet));
        Assert.Equal(new Digests(null).Find(Catalog.Kubernetes("kubelet", "1.36.2", "arm64")), digests.Find(Catalog.Kubernetes("kubelet", "1.36.2", "arm64")));
        Assert.Equal(new Digests(null).Find(Catalog.Kubernetes("kubectl", "1.36.2", "amd64")), digests.Find(Catalog.Kubernetes("kubectl", "1.36.2", "amd64")));
        Assert.Null(digests.Find(Catalog.Kubernetes("kubelet", "1.36.99", "amd64")));
    }

    [Fact]
    public void Every_digest_of_the_table_is_64_hex_digits_for_a_known_architecture()
    {
        using var table = JsonDocument.Parse(File.ReadAllText(Path.Join(Source.Repository, "agent/Artifacts/artifact-digests.json")));
        var rows = from artifact in table.RootElement.GetProperty("artifacts").EnumerateObject()
                   from version in artifact.Value.EnumerateObject()
                   from architecture in version.Value.EnumerateObject()
                   select (Name: $"{artifact.Name} {version.Name} {architecture.Name}", Architecture: architecture.Name, Hex: architecture.Value.GetString()!);
        var all = rows.ToList();
        Assert.True(all.Count > 100);
        Assert.All(all, row => Assert.True(row.Hex.Length == 64 && row.Hex.All(char.IsAsciiHexDigitLower) && Architectures.Contains(row.Architecture), row.Name));
        Assert.Equal(all.Count, all.Select(row => row.Hex).Distinct().Count());
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(35)]
    [InlineData(36)]
    public void A_row_of_the_version_table_can_be_installed_on_both_architectures(int minor)
    {
        var digests = new Digests(null);
        foreach (var architecture in Architectures)
        {
            // 1.31 to 1.33: Kubernetes' own binaries need a lock file, everything else does not.
            var version = digests.NewestPatch($"1.{minor}", architecture);
            Assert.True(version is not null || minor < 34, $"no patch of 1.{minor} is built in");
            var release = VersionTable.For(version ?? $"1.{minor}.0", "", "", _ => null);
            Assert.All(Catalog.All(release, architecture).Where(artifact => version is not null || !artifact.Name.StartsWith("kube", StringComparison.Ordinal)),
                artifact => Assert.True(digests.Find(artifact) is not null, $"{artifact} {architecture} has no digest"));
        }
    }

    [Fact]
    public void A_minor_version_newer_than_the_table_goes_with_the_last_row_and_one_older_is_refused()
    {
        Assert.Equal(VersionTable.For("1.36.0", "", "", _ => null) with { Kubernetes = "1.37.1" }, VersionTable.For("1.37.1", "", "", _ => null));
        Assert.Equal("9.9.9", VersionTable.For("1.37.1", "", "", _ => "9.9.9").Runc);
        Assert.Equal("config.version-unsupported", Assert.Throws<FailureException>(() => VersionTable.For("1.30.0", "", "", _ => null)).Failure.Code);
    }

    [Fact]
    public void A_minor_version_means_its_newest_patch_by_number_and_not_by_letter()
    {
        var locked = new Digests(Lock("kubelet", "1.36.10", "amd64", "https://x.example/kubelet", new string('a', 64)));
        Assert.Equal("1.36.10", locked.NewestPatch("1.36", "amd64"));
        Assert.StartsWith("1.3", new Digests(null).NewestPatch("1.36", "amd64"), StringComparison.Ordinal);
        Assert.Null(new Digests(null).NewestPatch("1.3", "amd64"));
    }

    [Theory]
    [InlineData("{", "lock.json:1:2")]
    [InlineData("{\"schemaVersion\": 1,\n  \"artefacts\": []}", "lock.json:2:")]
    [InlineData("{\"schemaVersion\": 1,\n \"artifacts\": [\n{\"name\": 5}]}", "lock.json:3:")]
    [InlineData("{\"schemaVersion\": 1}", "artifacts")]
    [InlineData("{\"schemaVersion\": 7, \"artifacts\": []}", "schemaVersion 7")]
    [InlineData("null", "schemaVersion")]
    public void A_lock_file_with_a_mistake_names_its_place(string text, string says)
    {
        var failure = Assert.Throws<FailureException>(() => LockFile.Parse(Encoding.UTF8.GetBytes(text), "lock.json")).Failure;
        Assert.Equal("artifact.lock-invalid", failure.Code);
        Assert.Contains(says, failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_digests_for_one_file_in_a_lock_are_refused_and_both_are_named()
    {
        Assert.Equal(2, LockFile.Parse(Two("arm64", 'b'), "lock.json").Artifacts.Count);
        Assert.Equal(2, LockFile.Parse(Two("amd64", 'a'), "lock.json").Artifacts.Count);
        var failure = Assert.Throws<FailureException>(() => LockFile.Parse(Two("amd64", 'b'), "lock.json")).Failure;
        Assert.Equal("artifact.lock-invalid", failure.Code);
        Assert.All((string[])["https://one.example/x", "https://two.example/x", new string('a', 64), new string('b', 64)],
            part => Assert.Contains(part, failure.What, StringComparison.Ordinal));

        static byte[] Two(string architecture, char digit) => LockFile.Write(
            [Entry("https://one.example/x", "amd64", 'a'), Entry("https://two.example/x", architecture, digit)]);

        static LockedArtifact Entry(string url, string architecture, char digit) =>
            new() { Name = "x", Version = "1", Arch = architecture, Url = new Uri(url), Sha256 = new string(digit, 64) };
    }

    [Fact]
    public void What_the_caller_gives_for_a_path_wins_over_lock_and_table()
    {
        var kubelet = Catalog.Kubernetes("kubelet", "1.36.2", "amd64");
        var locked = Lock("kubelet", "1.36.2", "amd64", kubelet.Url.AbsoluteUri, new string('a', 64));
        var digests = new Digests(locked) { Given = Digests.ReadGiven([$"release/v1.36.2/bin/linux/amd64/kubelet=sha256:{new string('B', 64)}"]) };
        Assert.Equal(new string('b', 64), digests.Find(kubelet));
        Assert.Equal(new Digests(null).Find(Catalog.Kubernetes("kubeadm", "1.36.2", "amd64")), digests.Find(Catalog.Kubernetes("kubeadm", "1.36.2", "amd64")));
    }

    [Theory]
    [InlineData("/a/kubelet")]
    [InlineData("/a/kubelet=sha256:abc")]
    [InlineData("=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("https://dl.k8s.io/a=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("/a=sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_digest_option_of_another_form_is_refused(string option) =>
        Assert.Equal("usage.digest-invalid", Assert.Throws<FailureException>(() => Digests.ReadGiven([option])).Failure.Code);

    [Fact]
    public void Two_digests_for_one_path_contradict_each_other() => Assert.Contains("given twice",
        Assert.Throws<FailureException>(() => Digests.ReadGiven([$"/a=sha256:{new string('a', 64)}", $"a=sha256:{new string('b', 64)}"])).Failure.What, StringComparison.Ordinal);

    [Theory]
    [InlineData("ABCD")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_digest_that_is_none_is_refused(string hex) =>
        Assert.Contains("64 lower-case hex digits", Assert.Throws<FailureException>(() => Lock("a", "1", "amd64", "https://x.example/a", hex)).Failure.What, StringComparison.Ordinal);

    [Fact]
    public void A_mirror_replaces_scheme_and_host_and_keeps_the_path()
    {
        var artifact = Catalog.Runc("1.4.3", "arm64");
        Assert.Equal(["http://m.example:8080/sub/opencontainers/runc/releases/download/v1.4.3/runc.arm64"],
            Supplies.From(null, new Uri("http://m.example:8080/sub/")).Origins.Select(origin => origin.Locate(artifact.Url)!.AbsoluteUri));
        Assert.Equal([artifact.Url], Supplies.From(null).Origins.Select(origin => origin.Locate(artifact.Url)!));
    }

    private static LockFile Lock(string name, string version, string arch, string url, string sha256) =>
        LockFile.Parse(JsonSerializer.SerializeToUtf8Bytes(new { schemaVersion = 1, artifacts = new[] { new { name, version, arch, url, sha256 } } }), "lock.json");
}
