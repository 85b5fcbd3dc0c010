using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Slipway.Artifacts.Oci;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A tar of container images, as containerd imports it: an OCI layout, or what <c>docker save</c> writes; also gzipped.</summary>
/// <param name="References">The full names of the images in it, as containerd keeps them; what has but a tag, or no name, is not among them.</param>
/// <remarks>https://github.com/opencontainers/image-spec/blob/main/image-layout.md; containerd's core/images/archive/importer.go.</remarks>
internal sealed record ImageArchive(IReadOnlyList<string> References)
{
    // containerd reads no more of them either.
    private const int MostJson = 20 << 20;

    /// <summary>Looks into an archive.</summary>
    /// <param name="files">The tree that it lies in.</param>
    /// <param name="path">Where.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>image.archive-invalid</c>.</exception>
    public static async Task<ImageArchive> ReadAsync(FileTree files, string path, CancellationToken ct)
    {
        await using var file = files.OpenRead(path) ?? throw Invalid(path, "it does not exist");
        var (first, second) = (file.ReadByte(), file.ReadByte());
        file.Position = 0;
        if ((first, second) == (0x28, 0xb5))
        {
            throw Invalid(path, "it is packed with zstd, which slipway cannot look into", "Unpack it: zstd -d");
        }
        var isPacked = (first, second) == (0x1f, 0x8b);
        await using var plain = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            var (index, manifest, isLayout) = ((byte[]?)null, (byte[]?)null, false);
            await using var tar = new TarReader(plain);
            while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
            {
                switch (entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name)
                {
                    case "oci-layout":
                        isLayout = true;
                        break;
                    case "index.json":
                        index = Json(entry);
                        break;
                    case "manifest.json":
                        manifest = Json(entry);
                        break;
                }
            }
            return (isLayout ? index : manifest) is { } list
                ? new ImageArchive(isLayout ? OfIndex(list) : OfManifest(list))
                : throw Invalid(path, "it has neither the index.json of an OCI layout nor docker save's manifest.json");
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException or KeyNotFoundException || e is IOException and not FileNotFoundException)
        {
            throw Invalid(path, e.Message);
        }
    }

    private static byte[] Json(TarEntry entry)
    {
        if (entry.DataStream is not { } data || entry.Length > MostJson)
        {
            throw new InvalidDataException($"{entry.Name} is empty or larger than {MostJson >> 20} MiB");
        }
        var bytes = new byte[entry.Length];
        data.ReadExactly(bytes);
        return bytes;
    }

    private static List<string> OfIndex(byte[] json)
    {
        var names = new List<string>();
        using var index = JsonDocument.Parse(json);
        foreach (var image in index.RootElement.GetProperty("manifests").EnumerateArray())
        {
            // The name that containerd gave goes before the one of the specification, which may be a tag alone.
            if (image.TryGetProperty("annotations", out var annotations)
                && (annotations.TryGetProperty("io.containerd.image.name", out var name) || annotations.TryGetProperty("org.opencontainers.image.ref.name", out name))
                && name.GetString() is { } text && text.AsSpan().ContainsAny("/:@"))
            {
                names.Add(text);
            }
        }
        return names;
    }

    private static List<string> OfManifest(byte[] json)
    {
        var names = new List<string>();
        using var manifest = JsonDocument.Parse(json);
        foreach (var image in manifest.RootElement.EnumerateArray())
        {
            // docker save IMAGE_ID has null there.
            if (image.TryGetProperty("RepoTags", out var tags) && tags.ValueKind == JsonValueKind.Array)
            {
                foreach (var tag in tags.EnumerateArray())
                {
                    names.Add(ImageReference.TryParse(tag.GetString()!)?.ToString() ?? tag.GetString()!);
                }
            }
        }
        return names;
    }

    private static FailureException Invalid(string path, string why, string fix = "") => new(new Failure("image.archive-invalid", $"{path} is no archive of container images: {why}", fix));
}
