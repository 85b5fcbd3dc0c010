using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>What is in a bundle: its <c>slipway-bundle.json</c>.</summary>
/// <param name="Kubernetes">The version that it was made for.</param>
/// <param name="Architectures">Go's names of the architectures that it is for.</param>
/// <param name="Created">When it was made, UTC; SOURCE_DATE_EPOCH where that was set.</param>
/// <param name="Files">Its members, in their order, without the listing itself and the checksums.</param>
internal sealed record BundleListing(string Kubernetes, IReadOnlyList<string> Architectures, DateTimeOffset Created, IReadOnlyList<BundleFile> Files)
{
    /// <summary>The listing's name; the first member.</summary>
    public const string FileName = "slipway-bundle.json";

    /// <summary>The name of the lock file in a bundle; the second member.</summary>
    public const string LockName = "artifacts.lock";

    /// <summary>The name of the checksums in a bundle, in sha256sum's form; the third member.</summary>
    public const string SumsName = "SHA256SUMS";

    /// <summary>The file's text.</summary>
    public byte[] ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            Write(json);
            json.WriteEndObject();
        }
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>Writes its properties.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("kubernetes", Kubernetes);
        json.WriteStartArray("architectures");
        foreach (var architecture in Architectures)
        {
            json.WriteStringValue(architecture);
        }
        json.WriteEndArray();
        json.WriteString("created", Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteStartArray("files");
        foreach (var file in Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("sha256", file.Sha256);
            json.WriteNumber("size", file.Size);
            json.WriteString("what", file.What);
            json.WriteString("arch", file.Architecture);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Reads the file's text. The paths in it are such as a bundle may have, once each.</summary>
    /// <exception cref="FailureException"><c>bundle.invalid</c>.</exception>
    public static BundleListing Parse(byte[] text, string bundle)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.GetProperty("schemaVersion").GetInt32() is var version and not 1)
            {
                throw new FormatException($"schemaVersion {version} is not known; expected 1");
            }
            var (files, architectures, paths) = (new List<BundleFile>(), new List<string>(), new HashSet<string>());
            foreach (var architecture in root.GetProperty("architectures").EnumerateArray())
            {
                architectures.Add(architecture.GetString()!);
            }
            foreach (var one in root.GetProperty("files").EnumerateArray())
            {
                var file = new BundleFile(one.GetProperty("path").GetString()!, one.GetProperty("sha256").GetString()!,
                    one.GetProperty("size").GetInt64(), one.GetProperty("what").GetString()!, one.GetProperty("arch").GetString()!);
                if (!file.IsProper || !paths.Add(file.Path))
                {
                    throw new FormatException($"it lists \"{file.Path}\", which no bundle has{(file.IsProper ? " twice" : "")}");
                }
                files.Add(file);
            }
            return files is [{ Path: LockName }, ..]
                ? new BundleListing(root.GetProperty("kubernetes").GetString()!, architectures, root.GetProperty("created").GetDateTimeOffset(), files)
                : throw new FormatException($"it does not begin with {LockName}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new FailureException(new Failure("bundle.invalid", $"{bundle}: {FileName}: {e.Message}"), e);
        }
    }

    /// <summary>The checksums of all members but themselves, as <c>sha256sum -c</c> takes them.</summary>
    /// <param name="own">The digest of the listing itself.</param>
    public string Sums(string own)
    {
        var sums = new StringBuilder($"{own}  {FileName}\n");
        foreach (var file in Files)
        {
            sums.Append(CultureInfo.InvariantCulture, $"{file.Sha256}  {file.Path}\n");
        }
        return sums.ToString();
    }
}

/// <summary>One file of a bundle.</summary>
/// <param name="Path">Its name in the archive.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="What">An artifact with its version, an image's reference, or the name of an archive that was given.</param>
/// <param name="Architecture">Go's name of the architecture that it is for; empty for all.</param>
internal sealed record BundleFile(string Path, string Sha256, long Size, string What, string Architecture)
{
    private const string Artifacts = "artifacts/";
    private const string Images = "images/";

    /// <summary>Whether it is an archive of container images; otherwise an artifact, or the lock.</summary>
    public bool IsImage => Path.StartsWith(Images, StringComparison.Ordinal);

    /// <summary>Whether it is an artifact.</summary>
    public bool IsArtifact => Path.StartsWith(Artifacts, StringComparison.Ordinal);

    /// <summary>Its name without the folder.</summary>
    public string Name => Path[(Path.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>Whether its path is one that a bundle may have, and leaves no folder.</summary>
    public bool IsProper => Digests.IsSha256(Sha256) && Size >= 0
        && (Path == BundleListing.LockName || (IsArtifact && Name == Sha256)
            || (IsImage && Name.EndsWith(".tar", StringComparison.Ordinal) && Path.Length <= 100 && Name[0] != '.' && Name.All(IsPlain)));

    /// <summary>Where the archive of an image lies in a bundle.</summary>
    public static string ImagePath(string what, string architecture)
    {
        var name = new string([.. what.Select(letter => IsPlain(letter) ? letter : '_')]).TrimStart('.') + (architecture.Length > 0 ? "-" + architecture : "");
        // The last part of a long name says more than the first.
        return Images + name[^Math.Min(name.Length, 80)..].TrimStart('.') + ".tar";
    }

    /// <summary>Where an artifact lies in a bundle.</summary>
    public static string ArtifactPath(string sha256) => Artifacts + sha256;

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
}
