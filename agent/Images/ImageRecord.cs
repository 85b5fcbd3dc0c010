using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Images;

/// <summary>What <c>slipway install</c> baked into an image: <c>/usr/lib/slipway/image.json</c>. A boot of the image goes by it.</summary>
internal sealed record ImageRecord
{
    /// <summary>Where it lies.</summary>
    public const string FilePath = "/usr/lib/slipway/image.json";

    /// <summary>When it was baked, UTC; SOURCE_DATE_EPOCH where that is set.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The version of the slipway that baked it.</summary>
    public required string Slipway { get; init; }

    /// <summary>Go's name of the image's architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>ID</c> of the image's os-release.</summary>
    public required string OsId { get; init; }

    /// <summary><c>VERSION_ID</c> of the image's os-release.</summary>
    public required string OsVersion { get; init; }

    /// <summary>Where the Kubernetes binaries come from.</summary>
    public required KubernetesSource KubernetesSource { get; init; }

    /// <summary>Where containerd comes from.</summary>
    public required RuntimeSource RuntimeSource { get; init; }

    /// <summary>Versions by what they are of: <c>kubernetes</c>, <c>containerd</c>, <c>runc</c>, <c>cni-plugins</c>, <c>crictl</c>, <c>pause</c>; what was not baked is not there.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The files that were installed, each with upstream's address and the digest it was verified against.</summary>
    public required IReadOnlyList<LockedArtifact> Artifacts { get; init; }

    /// <summary>The container images that were put in.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>A version; null where that was not baked.</summary>
    public string? Version(string of) => Versions.TryGetValue(of, out var version) ? version : null;

    /// <summary>The record as it is written: the same record, the same bytes.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteTo(json);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Writes its properties.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("schemaVersion", 1);
        json.WriteString("time", Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteString("slipway", Slipway);
        json.WriteString("architecture", Architecture);
        json.WriteStartObject("os");
        json.WriteString("id", OsId);
        json.WriteString("version", OsVersion);
        json.WriteEndObject();
        json.WriteString("kubernetesSource", Word(KubernetesSource.ToString()));
        json.WriteString("runtimeSource", Word(RuntimeSource.ToString()));
        json.WriteStartObject("versions");
        foreach (var (name, version) in Versions)
        {
            json.WriteString(name, version);
        }
        json.WriteEndObject();
        json.WriteStartArray("artifacts");
        foreach (var artifact in Artifacts)
        {
            json.WriteStartObject();
            json.WriteString("name", artifact.Name);
            json.WriteString("version", artifact.Version);
            json.WriteString("arch", artifact.Arch);
            json.WriteString("url", artifact.Url.AbsoluteUri);
            json.WriteString("sha256", artifact.Sha256);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        foreach (var image in Images)
        {
            json.WriteStringValue(image);
        }
        json.WriteEndArray();
    }

    /// <summary>Reads the record of a node; null where nothing was baked.</summary>
    /// <exception cref="FailureException"><c>image.record-invalid</c>.</exception>
    public static ImageRecord? Read(FileTree files)
    {
        if (files.ReadBytes(FilePath) is not { } bytes)
        {
            return null;
        }
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return Of(document.RootElement);
        }
        // What JSON's own reader says of a property that is missing, or of another type.
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new FailureException(new Failure("image.record-invalid", $"{FilePath}: {e.Message}"), e);
        }
    }

    private static ImageRecord Of(JsonElement root)
    {
        if (root.GetProperty("schemaVersion").GetInt32() is not 1 and var other)
        {
            throw new FormatException($"schemaVersion {other} is not known; expected 1");
        }
        var versions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var version in root.GetProperty("versions").EnumerateObject())
        {
            versions[version.Name] = version.Value.GetString() ?? "";
        }
        var artifacts = new List<LockedArtifact>();
        foreach (var artifact in root.GetProperty("artifacts").EnumerateArray())
        {
            artifacts.Add(new LockedArtifact
            {
                Name = Text(artifact, "name"),
                Version = Text(artifact, "version"),
                Arch = Text(artifact, "arch"),
                Url = new Uri(Text(artifact, "url")),
                Sha256 = Text(artifact, "sha256"),
            });
        }
        var images = new List<string>();
        foreach (var image in root.GetProperty("images").EnumerateArray())
        {
            images.Add(image.GetString() ?? "");
        }
        return new ImageRecord
        {
            Time = DateTimeOffset.Parse(Text(root, "time"), CultureInfo.InvariantCulture),
            Slipway = Text(root, "slipway"),
            Architecture = Text(root, "architecture"),
            OsId = Text(root.GetProperty("os"), "id"),
            OsVersion = Text(root.GetProperty("os"), "version"),
            KubernetesSource = Text(root, "kubernetesSource") == "none" ? KubernetesSource.None : KubernetesSource.Release,
            RuntimeSource = Text(root, "runtimeSource") switch
            {
                "release" => RuntimeSource.Release,
                "distro" => RuntimeSource.Distro,
                "docker" => RuntimeSource.Docker,
                "none" => RuntimeSource.None,
                var word => throw new FormatException($"runtimeSource {word} is not known"),
            },
            Versions = versions,
            Artifacts = artifacts,
            Images = images,
        };
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static string Word(string name) => name.ToLowerInvariant();
}
