using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Slipway.Tests.Support;

/// <summary>A container image of one small layer, real enough for containerd to unpack.</summary>
internal static class TinyImage
{
    public static string Architecture { get; } = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>An OCI layout in a tar.</summary>
    /// <param name="name">What its index calls it; null for nothing.</param>
    /// <param name="content">The layer's one file.</param>
    /// <param name="architecture">What it runs on.</param>
    public static byte[] Layout(string? name, string content = "hi", string? architecture = null)
    {
        var layer = Archives.Tar(Archives.File("hello", Encoding.UTF8.GetBytes(content)));
        var packed = Archives.Gzip(layer);
        var config = Json(new { architecture = architecture ?? Architecture, os = "linux", config = new { }, rootfs = new { type = "layers", diff_ids = new[] { "sha256:" + Archives.Sha256(layer) } } });
        var manifest = Json(new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.manifest.v1+json",
            config = Descriptor("application/vnd.oci.image.config.v1+json", config),
            layers = new[] { Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", packed) },
        });
        var described = Descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
        if (name is not null)
        {
            described["annotations"] = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = name };
        }
        return Archives.Tar(
        [
            Archives.File("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray()),
            Archives.File("index.json", Json(new { schemaVersion = 2, manifests = new[] { described } })),
            .. ((byte[][])[packed, config, manifest]).Select(blob => Archives.File($"blobs/sha256/{Archives.Sha256(blob)}", blob)),
        ]);
    }

    /// <summary>The digest of the image's manifest.</summary>
    public static string Digest(byte[] layout)
    {
        using var tar = new System.Formats.Tar.TarReader(new MemoryStream(layout));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name == "index.json")
            {
                return JsonDocument.Parse(entry.DataStream!).RootElement.GetProperty("manifests")[0].GetProperty("digest").GetString()!;
            }
        }
        throw new InvalidDataException("no index.json");
    }

    /// <summary>Brings one to a registry.</summary>
    public static async Task PushAsync(byte[] layout, string reference, string credentials)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, layout);
            using var skopeo = Process.Start(new ProcessStartInfo("skopeo",
                ["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", $"--dest-creds={credentials}", $"oci-archive:{file}", $"docker://{reference}"]) { RedirectStandardError = true })!;
            var said = await skopeo.StandardError.ReadToEndAsync();
            await skopeo.WaitForExitAsync();
            Assert.True(skopeo.ExitCode == 0, said);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    private static Dictionary<string, object> Descriptor(string type, byte[] bytes) =>
        new() { ["mediaType"] = type, ["digest"] = "sha256:" + Archives.Sha256(bytes), ["size"] = bytes.Length };
}
