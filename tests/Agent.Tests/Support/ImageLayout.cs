using System.Text;
using System.Text.Json;
using Slipway.Lab;

namespace Slipway.Tests.Support;

/// <summary>Container images as other programs have them: an OCI layout in a folder, brought to a registry by skopeo.</summary>
internal sealed class ImageLayout : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-images-").FullName;

    /// <summary>One image named <c>app:1</c>, for one architecture or, by an index, for several.</summary>
    public ImageLayout(params string[] architectures)
    {
        var manifests = architectures.Select(architecture =>
        {
            var layers = ((byte[][])[Layer(architecture), Archives.Gzip(Archives.Noise(70_000, 3))])
                .Select(bytes => Put("application/vnd.oci.image.layer.v1.tar+gzip", bytes)).ToArray();
            var config = Put("application/vnd.oci.image.config.v1+json", new
            {
                architecture,
                os = "linux",
                config = new { User = "0" },
                rootfs = new { type = "layers", diff_ids = layers.Select((_, at) => "sha256:" + new string((char)('a' + at), 64)) },
            });
            var manifest = Put("application/vnd.oci.image.manifest.v1+json", new { schemaVersion = 2, mediaType = "application/vnd.oci.image.manifest.v1+json", config, layers });
            manifest["platform"] = new { architecture, os = "linux" };
            Manifests[architecture] = ((string)manifest["digest"])[7..];
            return manifest;
        }).ToArray();
        var named = architectures.Length == 1 ? manifests[0]
            : Put("application/vnd.oci.image.index.v1+json", new { schemaVersion = 2, mediaType = "application/vnd.oci.image.index.v1+json", manifests });
        Digest = ((string)named["digest"])[7..];
        named["annotations"] = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = "1" };
        File.WriteAllText(Path.Join(folder, "index.json"), JsonSerializer.Serialize(new { schemaVersion = 2, manifests = new[] { named } }));
        File.WriteAllText(Path.Join(folder, "oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    /// <summary>The digest that its name stands for.</summary>
    public string Digest { get; }

    /// <summary>The digests of the images themselves, by architecture.</summary>
    public Dictionary<string, string> Manifests { get; } = [];

    /// <summary>The layer that only one architecture has; it does not compress, and is the same each time.</summary>
    public static byte[] Layer(string architecture) => Archives.Gzip(Archives.Noise(3_000_000, architecture[0]));

    /// <summary>Brings it to a registry.</summary>
    public Task PushAsync(string reference, params string[] options) =>
        SkopeoAsync(["copy", "--all", "--dest-tls-verify=false", .. options, $"oci:{folder}:1", $"docker://{reference}"]);

    /// <summary>What skopeo says.</summary>
    public static Task<string> SkopeoAsync(params string[] arguments) => Tool.RunAsync("skopeo", ["--insecure-policy", .. arguments]);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Dictionary<string, object> Put(string type, object json) => Put(type, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(json)));

    private Dictionary<string, object> Put(string type, byte[] bytes)
    {
        var digest = Archives.Sha256(bytes);
        Directory.CreateDirectory(Path.Join(folder, "blobs/sha256"));
        File.WriteAllBytes(Path.Join(folder, "blobs/sha256", digest), bytes);
        return new Dictionary<string, object> { ["mediaType"] = type, ["digest"] = "sha256:" + digest, ["size"] = bytes.Length };
    }
}
