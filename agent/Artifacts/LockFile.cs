using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>The exact files an install will use, as <c>artifacts.lock</c> names them. Its digests win over the built-in table.</summary>
internal sealed record LockFile
{
    /// <summary>Version of this format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>One entry a file.</summary>
    public required IReadOnlyList<LockedArtifact> Artifacts { get; init; }

    /// <summary>Whether two locks name the same files with the same digests; absent ones are equal.</summary>
    public static bool AreEqual(LockFile? one, LockFile? other) =>
        (one?.Artifacts ?? []).SequenceEqual(other?.Artifacts ?? []);

    /// <summary>The file's text: an artifact a block, in a stable order, for review line by line.</summary>
    public static byte[] Write(IEnumerable<LockedArtifact> artifacts) =>
    [
        .. JsonSerializer.SerializeToUtf8Bytes(new LockFile
        {
            SchemaVersion = 1,
            Artifacts = [.. artifacts.OrderBy(artifact => $"{artifact.Name}\0{artifact.Version}\0{artifact.Arch}\0{artifact.Url}", StringComparer.Ordinal)],
        }, LockFileJson.Default.LockFile),
        (byte)'\n',
    ];

    /// <summary>Reads a lock file.</summary>
    /// <exception cref="FailureException"><c>artifact.lock-invalid</c>, with line and column.</exception>
    public static LockFile Parse(ReadOnlySpan<byte> json, string file)
    {
        LockFile? read;
        try
        {
            read = JsonSerializer.Deserialize(json, LockFileJson.Default.LockFile);
        }
        catch (JsonException e)
        {
            throw Invalid($"{file}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: {e.Message}", e);
        }
        if (read is not { SchemaVersion: 1 })
        {
            throw Invalid($"{file}: schemaVersion {read?.SchemaVersion} is not known; expected 1");
        }
        var seen = new Dictionary<string, LockedArtifact>();
        foreach (var artifact in read.Artifacts)
        {
            if (artifact is not { Url.IsAbsoluteUri: true })
            {
                throw Invalid($"{file}: {(artifact is null ? "an artifact is null" : $"{artifact.Name} {artifact.Version}: url must be absolute, seen \"{artifact.Url}\"")}");
            }
            if (!Digests.IsSha256(artifact.Sha256))
            {
                throw Invalid($"{file}: {artifact.Name} {artifact.Version}: sha256 must be 64 lower-case hex digits, seen \"{artifact.Sha256}\"");
            }
            // A mirror has upstream's paths: the path is the file.
            if (!seen.TryAdd($"{artifact.Arch} {artifact.Url.AbsolutePath}", artifact) && seen[$"{artifact.Arch} {artifact.Url.AbsolutePath}"] is var other && other.Sha256 != artifact.Sha256)
            {
                throw Invalid($"{file}: two digests for {artifact.Url.AbsolutePath} {artifact.Arch}: {other.Url} has sha256 {other.Sha256}, {artifact.Url} has {artifact.Sha256}");
            }
        }
        return read;

        static FailureException Invalid(string what, Exception? inner = null) => new(new Failure("artifact.lock-invalid", what), inner);
    }
}

/// <summary>One file of a lock.</summary>
internal sealed record LockedArtifact
{
    /// <summary>The artifact's name, such as <c>containerd</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its version without a leading v.</summary>
    public required string Version { get; init; }

    /// <summary>Go's name of the architecture.</summary>
    public required string Arch { get; init; }

    /// <summary>Upstream's URL.</summary>
    public required Uri Url { get; init; }

    /// <summary>SHA-256 of the file, 64 lower-case hex digits.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>The lock file's JSON, generated at compile time; unknown fields are errors.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    WriteIndented = true)]
[JsonSerializable(typeof(LockFile))]
internal sealed partial class LockFileJson : JsonSerializerContext;
