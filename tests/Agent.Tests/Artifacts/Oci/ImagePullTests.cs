using System.Formats.Tar;
using System.Text.Json;
using Slipway.Artifacts.Oci;
using Slipway.Lab;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>A container image by its reference into an archive: another program's images, and another program's opinion of the archive.</summary>
public sealed class ImagePullTests : IDisposable
{
    private readonly Node node = new();
    private readonly string archive = "/images/app.tar";

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData("amd64")]
    [InlineData("arm64")]
    public async Task The_image_of_one_architecture_is_saved_as_others_read_it(string architecture)
    {
        using var layout = new ImageLayout("amd64", "arm64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/site/app:1");
        var reference = ImageReference.Parse($"{site.Authority}/site/app:1");
        await SaveAsync(reference, architecture);
        using var seen = JsonDocument.Parse(await ImageLayout.SkopeoAsync("inspect", "--raw", $"oci-archive:{node[archive]}"));
        var layer = seen.RootElement.GetProperty("layers")[0].GetProperty("digest").GetString();
        Assert.Equal("sha256:" + Archives.Sha256(ImageLayout.Layer(architecture)), layer);
        var named = Json("index.json").GetProperty("manifests")[0];
        Assert.Equal($"sha256:{layout.Manifests[architecture]}", named.GetProperty("digest").GetString());
        Assert.Equal(($"{site.Authority}/site/app:1", "1"), (named.GetProperty("annotations").GetProperty("io.containerd.image.name").GetString(),
            named.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString()));
        // Everything is in it, digests and all: it goes into another registry.
        await ImageLayout.SkopeoAsync("copy", "--dest-tls-verify=false", $"oci-archive:{node[archive]}", $"docker://{site.Authority}/other/app:1");
        await Tool.RunAsync("tar", "-tf", node[archive]);
    }

    [Fact]
    public async Task Two_pulls_of_one_image_are_the_same_bytes()
    {
        using var layout = new ImageLayout("amd64", "arm64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1");
        await SaveAsync(ImageReference.Parse($"{site.Authority}/app:1"));
        var first = node.Files.Sha256(archive);
        await SaveAsync(ImageReference.Parse($"{site.Authority}/app:1"));
        Assert.Equal(first, node.Files.Sha256(archive));
    }

    [Fact]
    public async Task A_digest_names_an_image_and_a_tag_beside_it_counts_for_nothing()
    {
        using var layout = new ImageLayout("amd64", "arm64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1");
        await SaveAsync(ImageReference.Parse($"{site.Authority}/app:9@sha256:{layout.Digest}"));
        Assert.Equal($"{site.Authority}/app@sha256:{layout.Digest}",
            Json("index.json").GetProperty("manifests")[0].GetProperty("annotations").GetProperty("io.containerd.image.name").GetString());
    }

    [Fact]
    public async Task Dockers_own_format_is_taken_and_kept()
    {
        using var layout = new ImageLayout("amd64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1", "--format", "v2s2");
        await SaveAsync(ImageReference.Parse($"{site.Authority}/app:1"));
        Assert.Equal("application/vnd.docker.distribution.manifest.v2+json", Json("index.json").GetProperty("manifests")[0].GetProperty("mediaType").GetString());
        await ImageLayout.SkopeoAsync("inspect", $"oci-archive:{node[archive]}");
        await ImageLayout.SkopeoAsync("copy", "--dest-tls-verify=false", $"oci-archive:{node[archive]}", $"docker://{site.Authority}/other/app:1");
    }

    [Theory]
    [InlineData("amd64", "arm64")]
    [InlineData("amd64")]
    public async Task An_image_for_other_machines_is_refused_with_what_it_is_for(params string[] architectures)
    {
        using var layout = new ImageLayout(architectures);
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1");
        var failure = await FailAsync(ImageReference.Parse($"{site.Authority}/app:1"), "riscv64");
        Assert.Equal("image.platform-missing", failure.Code);
        Assert.All(architectures, architecture => Assert.Contains(architecture, failure.What, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_blob_that_the_registry_holds_damaged_is_refused_and_nothing_is_left()
    {
        using var layout = new ImageLayout("amd64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1");
        var digest = Archives.Sha256(ImageLayout.Layer("amd64"));
        await using (var blob = File.OpenWrite(site.Blob(digest)))
        {
            blob.Seek(-1, SeekOrigin.End);
            blob.WriteByte(0x55);
        }
        var failure = await FailAsync(ImageReference.Parse($"{site.Authority}/app:1"), "amd64");
        Assert.Equal("artifact.digest-mismatch", failure.Code);
        Assert.Contains(digest, failure.What, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(node["/images"]));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_taken_up_where_it_was()
    {
        using var layout = new ImageLayout("amd64");
        await using var site = await SiteRegistry.StartAsync();
        await layout.PushAsync($"{site.Authority}/app:1");
        using var plain = new HttpClient();
        var layer = Archives.Sha256(ImageLayout.Layer("amd64"));
        var starts = new List<long>();
        // Between us and the registry is somebody who lets a megabyte through at a time.
        await using var relay = new HttpPeer(request =>
        {
            using var forward = new HttpRequestMessage(HttpMethod.Get, site.Url + request.Target);
            foreach (var name in (string[])["accept", "range", "if-range"])
            {
                if (request.Headers.TryGetValue(name, out var value))
                {
                    forward.Headers.TryAddWithoutValidation(name, value);
                }
            }
            using var reply = plain.Send(forward, Ct);
            var body = new MemoryStream();
            reply.Content.ReadAsStream(Ct).CopyTo(body);
            var part = reply.Content.Headers.ContentRange is { } range ? $"Content-Range: {range}\r\n" : "";
            var headers = $"{part}ETag: {reply.Headers.ETag}\r\nContent-Type: {reply.Content.Headers.ContentType}\r\n";
            if (request.Target.EndsWith(layer, StringComparison.Ordinal))
            {
                starts.Add(forward.Headers.Range?.Ranges.First().From ?? 0);
                return new PeerReply((int)reply.StatusCode, body.ToArray().AsMemory(0, (int)Math.Min(body.Length, 1_000_000))) { Headers = headers, Unmeasured = true };
            }
            return new PeerReply((int)reply.StatusCode, body.ToArray()) { Headers = headers };
        });
        await SaveAsync(ImageReference.Parse($"localhost:{relay.Port}/app:1"));
        Assert.Equal([0, 1_000_000, 2_000_000, 3_000_000], starts);
        await ImageLayout.SkopeoAsync("inspect", $"oci-archive:{node[archive]}");
    }

    [Fact]
    public async Task Another_part_than_was_asked_for_is_not_put_behind_what_is_there()
    {
        var content = Archives.Noise(300_000, 7);
        var asked = 0;
        await using var shaky = new HttpPeer(request => request.Headers.ContainsKey("range")
            ? new PeerReply(206, content.AsMemory(5)) { Headers = "Content-Range: bytes 5-299999/300000\r\n" }
            : new PeerReply(200, content.AsMemory(0, asked++ == 0 ? 100_000 : content.Length)) { Headers = "ETag: W/\"a\"\r\n", Unmeasured = true });
        var registry = new RegistryClient(node.Host, ImageReference.Parse($"localhost:{shaky.Port}/app:1").Repository, null);
        using var blob = new RegistryBlob(node.Host, registry, Archives.Sha256(content), content.Length, TimeSpan.FromSeconds(20));
        var read = new byte[content.Length];
        await blob.ReadExactlyAsync(read, Ct);
        Assert.Equal(content, read);
        // A weak tag does not promise the same bytes.
        Assert.DoesNotContain(shaky.Requests, request => request.Headers.ContainsKey("if-range"));
    }

    [Theory]
    [InlineData("{'manifests':[{'platform':{'os':'linux','architecture':'amd64'},'digest':'md5:00'}]}")]
    [InlineData("{'manifests':[{'platform':{'os':'linux','architecture':'amd64'},'digest':'latest'}]}")]
    [InlineData("{'manifests':[{'platform':{'os':'linux','architecture':'amd64'}}]}")]
    [InlineData("{'manifests':5}")]
    [InlineData("{'manifests':[5]}")]
    [InlineData("{'layers':[],'config':{'digest':'sha256:DIGEST','size':-1}}")]
    [InlineData("{'layers':[{'digest':'sha256:DIGEST','size':8589934592}],'config':{'digest':'sha256:DIGEST','size':2}}")]
    public async Task A_manifest_whose_parts_could_not_be_verified_is_refused_before_they_are_asked_for(string manifest)
    {
        var text = manifest.Replace('\'', '"').Replace("DIGEST", new string('a', 64), StringComparison.Ordinal).Replace("{\"", "{\"schemaVersion\":2,\"", StringComparison.Ordinal);
        var type = RegistryClient.ManifestTypes[manifest.Contains("layers", StringComparison.Ordinal) ? 2 : 0];
        await using var site = new HttpPeer(_ => new PeerReply(200, System.Text.Encoding.UTF8.GetBytes(text)) { Headers = $"Content-Type: {type}\r\n" });
        Assert.Equal("registry.answer-invalid", (await FailAsync(ImageReference.Parse($"localhost:{site.Port}/app:1"), "amd64")).Code);
        Assert.Single(site.Requests);
    }

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest", "registry-1.docker.io/library/busybox")]
    [InlineData("index.docker.io/busybox:1", "docker.io/library/busybox:1", "registry-1.docker.io/library/busybox")]
    [InlineData("calico/node:v3.30.0", "docker.io/calico/node:v3.30.0", "registry-1.docker.io/calico/node")]
    [InlineData("registry.k8s.io/pause:3.10.2", "registry.k8s.io/pause:3.10.2", "registry.k8s.io/pause")]
    [InlineData("localhost/a/b", "localhost/a/b:latest", "localhost/a/b")]
    [InlineData("host:5000/a", "host:5000/a:latest", "host:5000/a")]
    public void Names_are_completed_as_containerd_completes_them(string text, string whole, string repository)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal((whole, "oci://" + repository), (reference.ToString(), reference.Repository.Reveal()));
    }

    [Theory]
    [InlineData("Busybox")]
    [InlineData("a@sha256:12")]
    [InlineData("-a")]
    [InlineData("")]
    public void What_is_no_reference_is_refused(string text) =>
        Assert.Equal("usage.image-invalid", Assert.Throws<FailureException>(() => ImageReference.Parse(text)).Failure.Code);

    private Task SaveAsync(ImageReference reference, string architecture = "amd64") =>
        ImagePull.SaveAsync(node.Host, reference, architecture, null, node.Files, archive, TimeSpan.FromSeconds(30), Ct);

    private async Task<Failure> FailAsync(ImageReference reference, string architecture) =>
        (await Assert.ThrowsAsync<FailureException>(() => SaveAsync(reference, architecture))).Failure;

    private JsonElement Json(string member)
    {
        using var tar = new TarReader(File.OpenRead(node[archive]));
        while (tar.GetNextEntry() is { } entry)
        {
            Assert.Equal((DateTimeOffset.UnixEpoch, 0, 0), (entry.ModificationTime, entry.Uid, entry.Gid));
            if (entry.Name == member)
            {
                using var json = JsonDocument.Parse(entry.DataStream!);
                return json.RootElement.Clone();
            }
        }
        throw new InvalidOperationException($"no {member}");
    }
}
