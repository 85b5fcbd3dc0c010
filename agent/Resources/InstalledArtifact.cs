using System.Text.Json.Serialization;

namespace Slipway.Resources;

/// <summary>What was installed from an artifact: <c>/opt/slipway/installed/NAME-VERSION.json</c>.</summary>
internal sealed record InstalledArtifact
{
    /// <summary>Version of this format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The artifact's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Go's name of its architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Upstream's URL.</summary>
    public required Uri Url { get; init; }

    /// <summary>The digest it was verified against.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Where its programs lie; empty in the records of versions that did not say.</summary>
    /// <remarks>Set, not init: the serializer gives init properties that a record does not have null.</remarks>
    public string Directory { get; set; } = "";

    /// <summary>Its programs, but for those whose places packages have.</summary>
    public required IReadOnlyList<InstalledProgram> Programs { get; init; }
}

/// <summary>One program as it was installed.</summary>
/// <param name="Name">File name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="ModifiedTicks">Time of its last change, in .NET ticks (100 ns) of whole seconds, UTC.</param>
internal sealed record InstalledProgram(string Name, long Size, string Sha256, long ModifiedTicks);

/// <summary>The records' JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(InstalledArtifact))]
internal sealed partial class InstalledJson : JsonSerializerContext;
