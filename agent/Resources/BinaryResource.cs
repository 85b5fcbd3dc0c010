using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The programs of one artifact, in a directory, each with the digest it had when the artifact was verified.</summary>
/// <param name="Artifact">What they come from.</param>
/// <param name="Directory">Where they lie; other files there are left alone.</param>
/// <param name="Supply">How it comes to the node.</param>
internal sealed record BinaryResource(Artifact Artifact, string Directory, Supply Supply) : Resource($"binary:{Artifact.Name}-{Artifact.Version}")
{
    // Null when nobody vouches for it in advance.
    private string? Sha256 => Supply.Digests.Find(Artifact);

    // Beside the programs, so that the final rename stays on one file system.
    private string Staging => $"{Directory}/.slipway-{Artifact.Name}";

    private string RecordPath => RecordOf(Artifact.Name, Artifact.Version);

    /// <summary>Where the record of an installed artifact lies.</summary>
    public static string RecordOf(string name, string version) => $"/opt/slipway/installed/{name}-{version}.json";

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var what = $"install {Artifact} into {Directory}";
        if (Read(host) is not { } record || (Sha256 is not null && record.Sha256 != Sha256))
        {
            return Task.FromResult<Finding>(Sha256 is null && !Sidecar.CanVouch(Artifact, Supply)
                ? new Finding.Refused(Digests.Unknown(Artifact))
                : new Finding.Differs(what));
        }
        var wrong = record.Programs.Where(program => !IsThere(host, program, scrutiny)).Select(program => program.Name).ToList();
        return Task.FromResult<Finding>(wrong.Count == 0
            ? new Finding.AsWanted()
            : new Finding.Differs($"{what}: {string.Join(", ", wrong)} missing or changed", "changed"));
    }

    /// <inheritdoc/>
    public override async Task PrepareAsync(Host host, CancellationToken ct)
    {
        // What an earlier install was vouched for stays what is wanted.
        var sha256 = Sha256 ?? Read(host)?.Sha256 ?? await Sidecar.FindAsync(host, Artifact, Supply, ct);
        var programs = await new Fetch(host, Artifact, sha256, Supply).IntoAsync(Staging, ct);
        // Rename keeps size and time, so the record can be written before it and put in place after it.
        var record = new InstalledArtifact
        {
            SchemaVersion = 1,
            Name = Artifact.Name,
            Version = Artifact.Version,
            Architecture = Artifact.Architecture,
            Url = Artifact.Url,
            Sha256 = sha256,
            Programs = [.. programs.Select(program => new InstalledProgram(
                program.Name, program.Size, program.Sha256, host.Files.Status($"{Staging}/{program.Name}")!.Modified.Ticks))],
        };
        host.Files.Write($"{Staging}/.record.json",
            JsonSerializer.SerializeToUtf8Bytes(record, InstalledJson.Default.InstalledArtifact), Modes.Mode644);
    }

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        foreach (var name in host.Files.List(Staging).Where(name => !name.StartsWith('.')))
        {
            host.Files.Rename($"{Staging}/{name}", $"{Directory}/{name}");
        }
        var record = host.Files.ReadBytes($"{Staging}/.record.json");
        host.Files.DeleteDirectory(Staging);
        // Last: whoever finds the record finds every program it lists, and nothing else of ours.
        host.Files.CreateDirectory("/opt/slipway/installed", Modes.Mode755);
        host.Files.Write(RecordPath, record, Modes.Mode644);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Discard(Host host) => host.Files.DeleteDirectory(Staging);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        foreach (var program in Read(host)?.Programs ?? [])
        {
            host.Files.Delete($"{Directory}/{program.Name}");
        }
        host.Files.Delete(RecordPath);
        host.Files.DeleteDirectory(Staging);
        return Task.FromResult("");
    }

    private bool IsThere(Host host, InstalledProgram program, Scrutiny scrutiny)
    {
        var path = $"{Directory}/{program.Name}";
        return host.Files.Status(path) is { Kind: FileKind.File, Mode: Modes.Mode755 } status
            && status.Size == program.Size
            && (scrutiny == Scrutiny.Quick ? status.Modified.Ticks == program.ModifiedTicks : host.Files.Sha256(path) == program.Sha256);
    }

    private InstalledArtifact? Read(Host host)
    {
        try
        {
            return host.Files.ReadBytes(RecordPath) is { } json ? JsonSerializer.Deserialize(json, InstalledJson.Default.InstalledArtifact) : null;
        }
        catch (JsonException)
        {
            // An unreadable record vouches for nothing: the artifact is installed anew.
            return null;
        }
    }
}

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

    /// <summary>Its programs.</summary>
    public required IReadOnlyList<InstalledProgram> Programs { get; init; }
}

/// <summary>One program as it was installed.</summary>
/// <param name="Name">File name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="ModifiedTicks">Time of its last change, in .NET ticks (100 ns), UTC.</param>
internal sealed record InstalledProgram(string Name, long Size, string Sha256, long ModifiedTicks);

/// <summary>The records' JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(InstalledArtifact))]
internal sealed partial class InstalledJson : JsonSerializerContext;
