using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts.Oci;

/// <summary>Brings one architecture's container image from its registry into an archive that <c>ctr images import</c> takes.</summary>
/// <remarks>
/// The archive is an OCI image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md) whose index names the image as
/// containerd does. The same image makes the same bytes.
/// </remarks>
internal static class ImagePull
{
    // The registries' own limit for manifests.
    private const int MostManifestBytes = 4 << 20;

    /// <summary>Saves an image; the file appears whole, or not at all.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="reference">Which image.</param>
    /// <param name="architecture">Go's name of the architecture.</param>
    /// <param name="credentials">For its registry: <c>user:password</c> or a token; null for none.</param>
    /// <param name="files">Where the archive is written.</param>
    /// <param name="path">Its path there, absolute.</param>
    /// <param name="deadline">For the whole.</param>
    /// <param name="ct">Ends the pull early.</param>
    /// <exception cref="FailureException"><c>image.platform-missing</c>, <c>artifact.digest-mismatch</c>, <c>registry.*</c>, <c>http.*</c>, <c>host.*</c>.</exception>
    public static async Task SaveAsync(
        Host host, ImageReference reference, string architecture, SecretRef? credentials, FileTree files, string path, TimeSpan deadline, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(deadline, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            var registry = new RegistryClient(host, reference.Repository, credentials);
            var manifest = await new Retry(deadline).RunAsync($"find {reference}", host.Clock, host.Log,
                (_, token) => FindAsync(registry, reference, architecture, token), either.Token);
            using var file = files.Create(path, Modes.Mode644);
            await WriteAsync(host, registry, reference, architecture, manifest, file.Content, deadline, either.Token);
            file.Commit();
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("http.too-slow", $"image {reference}: not there after {deadline.TotalSeconds:0} s"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(Guard.Explain(e), e);
        }
    }

    /// <summary>The manifest of an image for one platform: the index, where there is one, says which.</summary>
    private static async Task<Manifest> FindAsync(RegistryClient registry, ImageReference reference, string architecture, CancellationToken ct)
    {
        var found = await GetAsync(registry, reference.Wanted, ct);
        if (!found.Json.TryGetProperty("manifests", out var list))
        {
            return found;
        }
        var names = new StringBuilder();
        string? chosen = null;
        try
        {
            foreach (var one in list.EnumerateArray())
            {
                var (os, cpu) = one.TryGetProperty("platform", out var platform) ? (Text(platform, "os"), Text(platform, "architecture")) : ("", "");
                if (os == "linux" && cpu == architecture)
                {
                    chosen = "sha256:" + DigestOf(one);
                    break;
                }
                // Attestations stand there as unknown/unknown.
                names.Append(os is "" or "unknown" ? "" : $"{(names.Length > 0 ? ", " : "")}{os}/{cpu}");
            }
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw registry.Failed("registry.answer-invalid", $"manifest {reference.Wanted} cannot be used: {e.Message}");
        }
        if (chosen is not null)
        {
            return await GetAsync(registry, chosen, ct);
        }
        throw new FailureException(new Failure("image.platform-missing", $"image {reference} is not there for linux/{architecture}; it is for {(names.Length > 0 ? names : "no platform that is named")}"));
    }

    private static async Task<Manifest> GetAsync(RegistryClient registry, string wanted, CancellationToken ct)
    {
        using var response = await registry.AskAsync(HttpMethod.Get, $"manifests/{wanted}",
            request => request.Headers.TryAddWithoutValidation("Accept", string.Join(", ", RegistryClient.ManifestTypes)), ct);
        var bytes = await Http.ReadBytesAsync(response, MostManifestBytes, ct);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (wanted.StartsWith("sha256:", StringComparison.Ordinal) && wanted[7..] != sha256)
        {
            throw new FailureException(new Failure("artifact.digest-mismatch", $"{registry.Repository}: expected manifest sha256 {wanted[7..]}, got {sha256}; nothing was kept"));
        }
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var type = response.Content.Headers.ContentType?.MediaType ?? "";
            var root = json.RootElement.Clone();
            if (Array.IndexOf(RegistryClient.ManifestTypes, type) >= 0 && root.GetProperty("schemaVersion").GetInt32() == 2)
            {
                return new Manifest(bytes, sha256, type, root);
            }
            throw registry.Failed("registry.answer-invalid", $"manifest {wanted} is of type \"{type}\": expected an OCI image or a Docker schema 2 one");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw registry.Failed("registry.answer-invalid", $"manifest {wanted} is none: {e.Message}");
        }
    }

    private static async Task WriteAsync(
        Host host, RegistryClient registry, ImageReference reference, string architecture, Manifest manifest, Stream output, TimeSpan deadline, CancellationToken ct)
    {
        var blobs = new SortedDictionary<string, Blob>(StringComparer.Ordinal);
        try
        {
            foreach (var layer in manifest.Json.GetProperty("layers").EnumerateArray())
            {
                Add(layer);
            }
            // Its first words say for which machine it is: an index may be wrong, and one manifest alone says nothing.
            var config = Add(manifest.Json.GetProperty("config"));
            using var blob = new RegistryBlob(host, registry, config.Sha256, config.Size <= MostManifestBytes ? config.Size : throw new FormatException("a configuration of that size"), deadline);
            config.Content = new byte[config.Size];
            await blob.ReadExactlyAsync(config.Content, ct);
            using var json = JsonDocument.Parse(config.Content);
            if (Text(json.RootElement, "architecture") is var cpu && cpu != architecture)
            {
                throw new FailureException(new Failure("image.platform-missing", $"image {reference} is for {cpu}, not for {architecture}"));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw registry.Failed("registry.answer-invalid", $"manifest sha256:{manifest.Sha256} cannot be used: {e.Message}");
        }
        blobs[manifest.Sha256] = new Blob(manifest.Sha256, manifest.Bytes.Length) { Content = manifest.Bytes };
        var tar = new UstarWriter(output);
        await tar.AddAsync("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray(), ct);
        await tar.AddAsync("index.json", Index(reference, architecture, manifest), ct);
        foreach (var blob in blobs.Values)
        {
            using Stream content = blob.Content is { } bytes ? new MemoryStream(bytes) : new RegistryBlob(host, registry, blob.Sha256, blob.Size, deadline);
            await tar.AddAsync($"blobs/sha256/{blob.Sha256}", blob.Size, content, ct);
        }
        await tar.EndAsync(ct);

        Blob Add(JsonElement descriptor)
        {
            var (sha256, size) = (DigestOf(descriptor), descriptor.GetProperty("size").GetInt64());
            return blobs[sha256] = new Blob(sha256, size is >= 0 and < UstarWriter.MostBytes ? size : throw new FormatException($"size {size}"));
        }
    }

    // What is not named by a SHA-256 could not be verified.
    private static string DigestOf(JsonElement descriptor) => Text(descriptor, "digest") is var digest && ImageName.IsReference("a@" + digest)
        ? digest["sha256:".Length..]
        : throw new FormatException($"digest \"{digest}\"");

    private static byte[] Index(ImageReference reference, string architecture, Manifest manifest)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 2);
            json.WriteString("mediaType", RegistryClient.ManifestTypes[0]);
            json.WriteStartArray("manifests");
            json.WriteStartObject();
            json.WriteString("mediaType", manifest.Type);
            json.WriteString("digest", "sha256:" + manifest.Sha256);
            json.WriteNumber("size", manifest.Bytes.Length);
            json.WriteStartObject("annotations");
            // https://github.com/containerd/containerd/blob/main/core/images/annotations.go
            json.WriteString("io.containerd.image.name", reference.ToString());
            json.WriteString("org.opencontainers.image.ref.name", reference.Wanted);
            json.WriteEndObject();
            json.WriteStartObject("platform");
            json.WriteString("architecture", architecture);
            json.WriteString("os", "linux");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private sealed record Manifest(byte[] Bytes, string Sha256, string Type, JsonElement Json);

    private sealed record Blob(string Sha256, long Size)
    {
        public byte[]? Content { get; set; }
    }
}
