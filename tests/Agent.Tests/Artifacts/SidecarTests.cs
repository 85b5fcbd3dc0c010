using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Tests.Artifacts;

/// <summary>The checksum file beside an artifact counts only where the operator said so, and the log says what that is worth.</summary>
public sealed class SidecarTests : IDisposable
{
    private static readonly byte[] Kubelet = Archives.Noise(5000, 1);
    private static readonly Slipway.Artifacts.Artifact Unknown = Catalog.Kubernetes("kubelet", "1.36.99", "amd64");
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_file_that_nobody_knows_is_installed_by_its_checksum_file_and_asked_for_once()
    {
        await using var mirror = Serve(Archives.Sha256(Kubelet));
        var resource = new BinaryResource(Unknown, "/opt/bin", Trusting(mirror));
        Assert.IsType<Finding.Differs>(await resource.InspectAsync(node.Host, Scrutiny.Thorough, Ct));
        await resource.PrepareAsync(node.Host, Ct);
        await resource.ApplyAsync(node.Host, Ct);
        Assert.Equal(Kubelet, File.ReadAllBytes(node["/opt/bin/kubelet"]));
        Assert.Contains(node.Warnings, line => line.Contains("only http", StringComparison.Ordinal) && line.Contains(Archives.Sha256(Kubelet), StringComparison.Ordinal));
        var hits = mirror.Hits.Count;
        Assert.IsType<Finding.AsWanted>(await resource.InspectAsync(node.Host, Scrutiny.Thorough, Ct));
        Assert.Equal(hits, mirror.Hits.Count);
    }

    [Fact]
    public async Task Without_the_operators_word_it_is_refused_and_nothing_is_asked()
    {
        await using var mirror = Serve(Archives.Sha256(Kubelet));
        var resource = new BinaryResource(Unknown, "/opt/bin", Supplies.From(null, mirror.Url));
        Assert.Equal("artifact.digest-unknown", Assert.IsType<Finding.Refused>(await resource.InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure.Code);
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task Other_bytes_than_it_says_are_refused_and_leave_nothing()
    {
        await using var mirror = Serve(new string('a', 64));
        var resource = new BinaryResource(Unknown, "/opt/bin", Trusting(mirror));
        var thrown = await Assert.ThrowsAsync<FailureException>(() => resource.PrepareAsync(node.Host, Ct));
        Assert.Equal("artifact.digest-mismatch", thrown.Failure.Code);
        Assert.Empty(node.Files.List("/opt/bin"));
    }

    [Theory]
    [InlineData("<html>Please log in</html>", "web page")]
    [InlineData("", "empty")]
    public async Task What_is_no_checksum_file_is_refused_by_its_address(string body, string says)
    {
        await using var mirror = Serve(body);
        var failure = await FailAsync(Trusting(mirror));
        Assert.Equal("artifact.sidecar-invalid", failure.Code);
        Assert.Contains(says, failure.What, StringComparison.Ordinal);
        Assert.Contains($"{mirror.Url}release/v1.36.99/bin/linux/amd64/kubelet.sha256", failure.What, StringComparison.Ordinal);
        Assert.DoesNotContain(mirror.Hits, path => path.EndsWith("/kubelet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(new byte[3 << 20]));
        Assert.Equal("http.too-large", (await FailAsync(Trusting(mirror))).Code);
    }

    [Fact]
    public async Task The_second_mirror_is_asked_where_the_first_has_none_and_a_failure_that_passes_is_tried_again()
    {
        await using var without = new LoopbackServer((_, _) => Reply.NotFound);
        await using var with = new LoopbackServer((_, count) => count == 1 ? new Reply([]) { Status = 503 } : new Reply(System.Text.Encoding.ASCII.GetBytes(new string('a', 64))));
        Assert.Equal(new string('a', 64), await Sidecar.FindAsync(node.Host, Unknown, Supplies.From(null, without.Url, with.Url) with { TrustsSidecars = true }, Ct));
    }

    [Fact]
    public async Task The_second_mirror_is_asked_where_the_first_has_a_page_in_its_place()
    {
        await using var page = Serve("<html>Please log in</html>");
        await using var with = Serve(Archives.Sha256(Kubelet));
        Assert.Equal(Archives.Sha256(Kubelet), await Sidecar.FindAsync(node.Host, Unknown, Supplies.From(null, page.Url, with.Url) with { TrustsSidecars = true }, Ct));
    }

    [Fact]
    public async Task Where_files_have_no_names_it_is_refused_in_the_plan_already()
    {
        var resource = new BinaryResource(Unknown, "/opt/bin", Supplies.From(null, new Uri("oci://registry.example/files")) with { TrustsSidecars = true });
        Assert.Equal("artifact.digest-unknown", Assert.IsType<Finding.Refused>(await resource.InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure.Code);
    }

    [Theory]
    [InlineData(true, "the bundle /media/b.tar has")]
    [InlineData(false, "a registry has")]
    public async Task Whoever_has_files_by_their_digest_alone_is_named(bool isBundle, string says)
    {
        var supply = Supplies.From(null, new Uri("oci://registry.example/files"));
        supply = isBundle ? supply with { Origins = [new Origin.Bundled("/media/b.tar")] } : supply;
        var thrown = await Assert.ThrowsAsync<FailureException>(() => SideFile.GetAsync(node.Host, Unknown.Url, supply, Ct));
        Assert.Contains(says, thrown.Failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_that_has_none_is_asked_once_and_one_that_asks_for_a_pause_gets_it()
    {
        await using var without = new LoopbackServer((_, _) => Reply.NotFound);
        await using var busy = new LoopbackServer((_, count) => count == 1
            ? new Reply([]) { Status = 429, Headers = "Retry-After: 2\r\n" } : new Reply(System.Text.Encoding.ASCII.GetBytes(new string('a', 64))));
        Assert.Equal(new string('a', 64), await Sidecar.FindAsync(node.Host, Unknown, Supplies.From(null, without.Url, busy.Url) with { TrustsSidecars = true }, Ct));
        Assert.Single(without.Hits);
        Assert.True(busy.Requests[1].At - busy.Requests[0].At >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Each_artifact_has_its_own_name_for_it()
    {
        var asked = new List<string>();
        await using var mirror = new LoopbackServer((path, _) =>
        {
            asked.Add(path);
            var file = path.EndsWith("runc.sha256sum", StringComparison.Ordinal) ? "runc.amd64" : Path.GetFileNameWithoutExtension(path);
            return new Reply(System.Text.Encoding.ASCII.GetBytes($"{new string('a', 64)}  {file}\n"));
        });
        foreach (var artifact in Catalog.All(VersionTable.For("1.36.99", "2.3.99", "", _ => null), "amd64").Append(Catalog.Containerd("2.3.99", "amd64", isStatic: true)))
        {
            Assert.Equal(new string('a', 64), await Sidecar.FindAsync(node.Host, artifact, Trusting(mirror), Ct));
        }
        Assert.Equal(["containerd-2.3.99-linux-amd64.tar.gz.sha256sum", "runc.sha256sum", "cni-plugins-linux-amd64-v1.9.1.tgz.sha256",
            "crictl-v1.36.0-linux-amd64.tar.gz.sha256", "kubelet.sha256", "kubeadm.sha256", "kubectl.sha256",
            "containerd-static-2.3.99-linux-amd64.tar.gz.sha256sum"], asked.Select(path => Path.GetFileName(path)));
    }

    private static LoopbackServer Serve(string sidecar) => new((path, _) => path.EndsWith(".sha256", StringComparison.Ordinal)
        ? new Reply(System.Text.Encoding.ASCII.GetBytes(sidecar)) : new Reply(Kubelet));

    private static Supply Trusting(LoopbackServer mirror) => Supplies.From(null, mirror.Url) with { TrustsSidecars = true };

    private async Task<Failure> FailAsync(Supply supply) =>
        (await Assert.ThrowsAsync<FailureException>(() => Sidecar.FindAsync(node.Host, Unknown, supply, Ct))).Failure;
}
