using System.Formats.Tar;
using System.Text.Json;
using Slipway.Artifacts.Oci;
using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>
/// Fills a site's registry from a bundle: each artifact as a blob that nodes find by its digest, one artifact manifest that keeps them from the
/// registry's garbage collection, and each image under its whole name below the repository.
/// </summary>
/// <param name="host">The outside world.</param>
/// <param name="repository">Such as <c>oci://registry.example/slipway</c>.</param>
/// <param name="credentials"><c>user:password</c> or a token; null for none.</param>
internal sealed class BundlePush(Host host, Url repository, SecretRef? credentials)
{
    private const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    private const int MostManifestBytes = 4 << 20;

    private const string Blobs = "blobs/sha256/";

    private readonly List<PushedImage> images = [];
    private readonly RegistryClient registry = new(host, repository, credentials);

    /// <summary>What was put where, a line each.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Pushes everything that is not there. The bundle is verified first.</summary>
    /// <param name="files">The tree that the bundle lies in.</param>
    /// <param name="path">Where.</param>
    /// <param name="deadline">For the whole with its retries: what was pushed once is not pushed again.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task RunAsync(FileTree files, string path, TimeSpan deadline, CancellationToken ct)
    {
        using (var whole = BundleReader.Open(files, path))
        {
            await whole.EachAsync(null, ct);
        }
        await new Retry(deadline).RunAsync($"push to {registry.Repository}", host.Clock, host.Log, async (_, token) =>
        {
            Done.Clear();
            images.Clear();
            using var bundle = BundleReader.Open(files, path);
            await bundle.EachAsync((file, content) => file.IsImage ? ImageAsync(file, content, token) : BlobAsync(registry, file.Sha256, file.Size, content, file.What, token), ct);
            await ManifestAsync(bundle, token);
            await NameAsync(token);
            return 0;
        }, ct);
    }

    private async Task BlobAsync(RegistryClient target, string sha256, long size, Stream content, string what, CancellationToken ct)
    {
        var isOpen = false;
        var isNew = await new RegistryPush(target).BlobAsync(sha256, size, () =>
        {
            // Out of an archive it comes once: what breaks off is begun again from the bundle's first byte.
            if (isOpen)
            {
                throw new FailureException(new Failure("http.unreachable", $"{target.Repository} did not take {what} at once"));
            }
            isOpen = true;
            return content;
        }, ct);
        if (what.Length > 0)
        {
            Done.Add($"{what} {(isNew ? "pushed" : "is there")}: {target.Repository}@sha256:{sha256}");
        }
    }

    private async Task ManifestAsync(BundleReader bundle, CancellationToken ct)
    {
        var push = new RegistryPush(registry);
        await push.BlobAsync(bundle.Listing.Files[0].Sha256, bundle.LockBytes.Length, () => new MemoryStream(bundle.LockBytes), ct);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", OciManifest);
            json.WriteString("artifactType", "application/vnd.slipway.bundle.v1");
            json.WriteStartObject("config");
            Descriptor(json, "application/vnd.slipway.lock.v1+json", "sha256:" + bundle.Listing.Files[0].Sha256, bundle.LockBytes.Length);
            json.WriteEndObject();
            json.WriteStartArray("layers");
            foreach (var file in bundle.Listing.Files)
            {
                if (file.IsArtifact)
                {
                    json.WriteStartObject();
                    Descriptor(json, "application/octet-stream", "sha256:" + file.Sha256, file.Size);
                    json.WriteStartObject("annotations");
                    json.WriteString("org.opencontainers.image.title", bundle.Lock.Artifacts.First(artifact => artifact.Sha256 == file.Sha256).Url.AbsolutePath.TrimStart('/'));
                    json.WriteEndObject();
                    json.WriteEndObject();
                }
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        // A tag has no plus sign.
        var tag = bundle.Listing.Kubernetes.Replace('+', '_');
        await push.ManifestAsync(tag, OciManifest, bytes.ToArray(), ct);
        Done.Add($"artifacts of Kubernetes {bundle.Listing.Kubernetes}: {registry.Repository}:{tag}");
    }

    private async Task ImageAsync(BundleFile file, Stream content, CancellationToken ct)
    {
        if (file.Architecture.Length == 0 || ImageReference.TryParse(file.What) is not { } named)
        {
            Done.Add($"{file.What} not pushed: it was given as a file; use skopeo copy oci-archive:FILE docker://REFERENCE");
            return;
        }
        var target = new RegistryClient(host, Url.TryParse($"{repository.Reveal().TrimEnd('/')}/{named.Registry.Replace(':', '_')}/{named.Path}", "oci")!, credentials);
        var image = new PushedImage(named, target, file.Architecture);
        try
        {
            // As ImagePull has written it: the index comes before all blobs.
            await using var tar = new TarReader(content, leaveOpen: true);
            while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
            {
                if (entry.Name == "index.json")
                {
                    using var index = await JsonDocument.ParseAsync(entry.DataStream!, default, ct);
                    var one = index.RootElement.GetProperty("manifests")[0];
                    (image.Digest, image.Type) = (one.GetProperty("digest").GetString()!, one.GetProperty("mediaType").GetString()!);
                }
                else if (entry.Name == "blobs/" + image.Digest.Replace(':', '/') && entry.Length <= MostManifestBytes)
                {
                    image.Manifest = new byte[entry.Length];
                    await entry.DataStream!.ReadExactlyAsync(image.Manifest, ct);
                }
                else if (entry.Name.StartsWith(Blobs, StringComparison.Ordinal))
                {
                    await BlobAsync(target, entry.Name[Blobs.Length..], entry.Length, entry.DataStream ?? Stream.Null, "", ct);
                }
            }
            await new RegistryPush(target).ManifestAsync(image.Digest, image.Type, image.Manifest, ct);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new FailureException(new Failure("bundle.invalid", $"{file.Path} is no archive that slipway has made: {e.Message}"), e);
        }
        images.Add(image);
    }

    /// <summary>Names the images: one of several architectures by an index, as upstream does.</summary>
    private async Task NameAsync(CancellationToken ct)
    {
        foreach (var image in images)
        {
            var (push, name) = (new RegistryPush(image.Target), image.Named.Tag ?? image.Digest);
            var all = images.FindAll(other => other.Named == image.Named);
            if (image.Named.Tag is not null && all.Count == 1)
            {
                await push.ManifestAsync(name, image.Type, image.Manifest, ct);
            }
            else if (image.Named.Tag is not null && all[0] == image)
            {
                await push.ManifestAsync(name, RegistryClient.ManifestTypes[0], Index(all), ct);
            }
            Done.Add($"image {image.Named} {image.Architecture}: {image.Target.Repository}{(image.Named.Tag is null ? '@' : ':')}{name}");
        }
    }

    private static byte[] Index(List<PushedImage> all)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", RegistryClient.ManifestTypes[0]);
            json.WriteStartArray("manifests");
            foreach (var image in all)
            {
                json.WriteStartObject();
                Descriptor(json, image.Type, image.Digest, image.Manifest.Length);
                json.WriteStartObject("platform");
                json.WriteString("architecture", image.Architecture);
                json.WriteString("os", "linux");
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Descriptor(Utf8JsonWriter json, string type, string digest, long size)
    {
        json.WriteString("mediaType", type);
        json.WriteString("digest", digest);
        json.WriteNumber("size", size);
    }

    private sealed class PushedImage(ImageReference named, RegistryClient target, string architecture)
    {
        public ImageReference Named => named;

        public RegistryClient Target => target;

        public string Architecture => architecture;

        public string Digest { get; set; } = "";

        public string Type { get; set; } = "";

        public byte[] Manifest { get; set; } = [];
    }
}
