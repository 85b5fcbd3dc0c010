using System.Text.Json;
using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The programs of one artifact, in a directory, each with the digest it had when the artifact was verified.</summary>
/// <param name="Artifact">What they come from.</param>
/// <param name="Directory">Where they lie; other files there are left alone.</param>
/// <param name="Supply">How it comes to the node.</param>
internal sealed record BinaryResource(Artifact Artifact, string Directory, Supply Supply) : Resource($"binary:{KeyOf(Directory, Artifact.Name, Artifact.Version)}")
{
    /// <summary>Where the records lie of what is installed.</summary>
    public const string Installed = "/opt/slipway/installed";

    private const string RecordName = ".record.json";

    // Null when nobody vouches for it in advance.
    private string? Sha256 => Supply.Digests.Find(Artifact);

    // Beside the programs, so that the final rename stays on one file system.
    private string Staging => $"{Directory}/.slipway-{Artifact.Name}";

    private string RecordPath => RecordOf(Directory, Artifact.Name, Artifact.Version);

    /// <summary>How an installed artifact is named in the ledger and by its record. Two sets may hold the same artifact, each its own copy.</summary>
    public static string KeyOf(string directory, string name, string version) => $"{name}-{version}{OfSet(directory)}";

    /// <summary>Where the record of an installed artifact lies.</summary>
    public static string RecordOf(string directory, string name, string version) => $"{Installed}/{KeyOf(directory, name, version)}.json";

    /// <summary>How the keys of a set's artifacts end; empty for a directory that is no set's.</summary>
    /// <param name="directory">Such as <c>/opt/slipway/kubernetes/1.36.2/bin</c>.</param>
    public static string OfSet(string directory) => directory.Split('/') is ["", "opt", "slipway", var set, var version, "bin"] ? $"@{set}-{version}" : "";

    /// <summary>The digest that what is installed was verified against; null where it is not installed.</summary>
    public string? InstalledSha256(Host host) => Read(host.Files, RecordPath)?.Sha256;

    /// <summary>An installed artifact by its id in the ledger without its kind, such as <c>containerd-2.3.4@runtime-2.3.4</c>: enough of it to remove it.</summary>
    public static Resource Recorded(string id, Trace trace, Host host)
    {
        var key = id.Split('@')[0];
        var at = key.Split('-').TakeWhile(part => !char.IsAsciiDigit(part.FirstOrDefault())).Sum(part => part.Length + 1);
        var (name, version) = at > 0 && at < key.Length ? (key[..(at - 1)], key[at..]) : (key, "");
        var directory = Read(host.Files, $"{Installed}/{id}.json")?.Directory is { Length: > 0 } recorded ? recorded
            : trace.After.StartsWith("directory:", StringComparison.Ordinal) ? trace.After["directory:".Length..] : "";
        return new BinaryResource(new Artifact(name, version, "", new Uri("file:///"), Packing.Binary), directory, new Supply { Digests = new Digests(null), Origins = [] });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [Directory, Installed];

    /// <inheritdoc/>
    public override string Expected => $"directory:{Directory}";

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var what = $"install {Artifact} into {Directory}";
        if (Read(host.Files, RecordPath) is not { } record || (Sha256 is not null && record.Sha256 != Sha256))
        {
            return Task.FromResult<Finding>(Sha256 is null && !Sidecar.CanVouch(Artifact, Supply)
                ? new Finding.Refused(Digests.Unknown(Artifact))
                : new Finding.Differs(what));
        }
        var wrong = record.Programs.Where(program => !IsThere(host.Files, program, scrutiny)).Select(program => program.Name).ToList();
        return Task.FromResult<Finding>(wrong.Count > 0 ? new Finding.Differs($"{what}: {string.Join(", ", wrong)} missing or changed", "changed")
            // Cut off between the record and this: nothing is missing, and something is too much.
            : host.Files.Status(Staging) is not null ? new Finding.Differs($"remove {Staging}, left from an install that was cut off", "changed")
            : new Finding.AsWanted());
    }

    /// <inheritdoc/>
    public override async Task PrepareAsync(Host host, CancellationToken ct)
    {
        host.Files.DeleteDirectory(Staging);
        if (await InspectAsync(host, Scrutiny.Thorough, ct) is Finding.AsWanted)
        {
            return;
        }
        // What an earlier install was vouched for stays what is wanted.
        var sha256 = Sha256 ?? Read(host.Files, RecordPath)?.Sha256 ?? await Sidecar.FindAsync(host, Artifact, Supply, ct);
        var programs = await new Fetch(host, Artifact, sha256, Supply).IntoAsync(Staging, ct);
        var packaged = new List<string>();
        foreach (var program in programs)
        {
            if (host.Files.Status($"{Directory}/{program.Name}") is not null && await PackagedFile.OwnerOfAsync(host, $"{Directory}/{program.Name}", ct) is { } package)
            {
                host.Log.Attention($"{Directory}/{program.Name} belongs to the package {package} and stays as it is");
                packaged.Add(program.Name);
            }
        }
        if (SourceDate.OfEnvironment is { } date)
        {
            // An image that is built twice is the same twice.
            foreach (var program in programs)
            {
                host.Files.SetModified($"{Staging}/{program.Name}", date);
            }
        }
        // Rename keeps size and time, so the record can be written before it and put in place after it.
        var record = new InstalledArtifact
        {
            SchemaVersion = 1,
            Name = Artifact.Name,
            Version = Artifact.Version,
            Architecture = Artifact.Architecture,
            Url = Artifact.Url,
            Sha256 = sha256,
            Directory = Directory,
            Programs = [.. programs.Where(program => !packaged.Contains(program.Name)).Select(program => new InstalledProgram(
                program.Name, program.Size, program.Sha256, Seconds(host.Files.Status($"{Staging}/{program.Name}")!.Modified)))],
        };
        host.Files.Write($"{Staging}/{RecordName}",
            JsonSerializer.SerializeToUtf8Bytes(record, InstalledJson.Default.InstalledArtifact), Modes.Mode644);
    }

    /// <inheritdoc/>
    /// <remarks>Foreign files at the programs' paths, such as a CNI plugin of an add-on's: a line each, name and description.</remarks>
    public override string Before(Host host, Finding.Differs found)
    {
        var installed = host.Files.List(Installed).Select(name => Read(host.Files, $"{Installed}/{name}")).SelectMany(record => record?.Programs ?? []).ToList();
        var lines = new List<string>();
        foreach (var program in Read(host.Files, $"{Staging}/{RecordName}")?.Programs ?? [])
        {
            var stands = Replaced.Describe(host.Files, $"{Directory}/{program.Name}");
            // Another version's of this artifact is ours as well.
            if (stands.Length > 0 && !installed.Any(ours => ours.Name == program.Name && ours.Sha256 == Replaced.DigestOf(stands)))
            {
                lines.Add($"{program.Name}\t{stands}");
            }
        }
        return string.Join('\n', lines);
    }

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        if (Read(host.Files, $"{Staging}/{RecordName}") is not { } record)
        {
            // All is there already; what was too much is gone.
            return Task.CompletedTask;
        }
        var json = host.Files.ReadBytes($"{Staging}/{RecordName}");
        foreach (var program in record.Programs)
        {
            Keep(host.Files, program);
            host.Files.Rename($"{Staging}/{program.Name}", $"{Directory}/{program.Name}");
        }
        // Last: whoever finds the record finds every program it lists. Until then removal goes by the one in the staging folder.
        host.Files.CreateDirectory(Installed, Modes.Mode755);
        host.Files.Write(RecordPath, json, Modes.Mode644);
        host.Files.DeleteDirectory(Staging);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Discard(Host host) => host.Files.DeleteDirectory(Staging);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        var left = new List<string>();
        foreach (var (record, directory) in Places(host.Files))
        {
            foreach (var program in record.Programs)
            {
                if (Remove(host.Files, $"{directory}/{program.Name}", program, trace) is { Length: > 0 } why)
                {
                    left.Add($"{directory}/{program.Name} {why}");
                }
            }
        }
        host.Files.Delete(AtomicFile.TemporaryName(RecordPath));
        host.Files.Delete(RecordPath);
        if (Directory.Length > 0)
        {
            host.Files.DeleteDirectory(Staging);
        }
        return Task.FromResult(string.Join("; ", left));
    }

    /// <summary>The records of this artifact with where its programs lie. A record of an earlier version does not say: wherever they are found then.</summary>
    private IEnumerable<(InstalledArtifact Record, string Directory)> Places(FileTree files)
    {
        if (Directory.Length > 0 && Read(files, $"{Staging}/{RecordName}") is { } staged)
        {
            yield return (staged, Directory);
        }
        if (Read(files, RecordPath) is not { } record)
        {
            yield break;
        }
        if (Directory.Length > 0)
        {
            yield return (record, Directory);
            yield break;
        }
        string[] folders = ["/opt/cni/bin", $"/opt/slipway/runtime/{Artifact.Version}/bin", $"/opt/slipway/kubernetes/{Artifact.Version}/bin", .. VersionFolders(files)];
        foreach (var folder in folders)
        {
            yield return (record with { Programs = [.. record.Programs.Where(program => files.Sha256($"{folder}/{program.Name}") == program.Sha256)] }, folder);
        }
    }

    private static IEnumerable<string> VersionFolders(FileTree files) => ((string[])["runtime", "kubernetes"])
        .SelectMany(set => files.List($"/opt/slipway/{set}").Where(name => name != "current").Select(version => $"/opt/slipway/{set}/{version}/bin"));

    private static string Remove(FileTree files, string path, InstalledProgram program, Trace trace)
    {
        // What others put there last is what would be there without us.
        var foreign = trace.Befores.Select(before => ForeignIn(before, program.Name)).Where(before => before.Length > 0).ToList();
        var seen = Replaced.Describe(files, path);
        if (seen.Length > 0 && Replaced.DigestOf(seen) != program.Sha256)
        {
            return foreign.Contains(seen) ? "" : foreign.FirstOrDefault(before => Replaced.IsKept(files, before) && Replaced.DigestOf(before).Length > 0) is { } original
                ? $"changed since; what stood there before is kept as {Replaced.PlaceOf(original)}"
                : "changed since";
        }
        if (foreign.Count > 0 && foreign[0] == ForeignIn(trace.Before, program.Name) && Replaced.DigestOf(foreign[0]) == program.Sha256)
        {
            // It stood there before us, byte for byte.
            return "";
        }
        if (foreign.LastOrDefault(before => Replaced.DigestOf(before) != program.Sha256 && Replaced.IsKept(files, before)) is { } theirs)
        {
            Replaced.PutBack(files, path, theirs);
            return "";
        }
        files.Delete(path);
        return "";
    }

    private static string ForeignIn(string before, string program) =>
        before.Split('\n').FirstOrDefault(line => line.StartsWith(program + "\t", StringComparison.Ordinal))?[(program.Length + 1)..] ?? "";

    private void Keep(FileTree files, InstalledProgram program)
    {
        var path = $"{Directory}/{program.Name}";
        if (Replaced.DigestOf(Replaced.Describe(files, path)) is { Length: > 0 } digest && digest != program.Sha256
            && !files.List(Installed).Any(name => Read(files, $"{Installed}/{name}")?.Programs.Any(ours => ours.Name == program.Name && ours.Sha256 == digest) == true))
        {
            Replaced.Keep(files, path);
        }
    }

    private bool IsThere(FileTree files, InstalledProgram program, Scrutiny scrutiny)
    {
        var path = $"{Directory}/{program.Name}";
        return files.Status(path) is { Kind: FileKind.File, Mode: Modes.Mode755 } status
            && status.Size == program.Size
            // Copying an image changes times, and keeps whole seconds at best: that alone says nothing of the content.
            && ((scrutiny == Scrutiny.Quick && Seconds(status.Modified) == Seconds(new DateTime(program.ModifiedTicks, DateTimeKind.Utc))) || files.Sha256(path) == program.Sha256);
    }

    private static long Seconds(DateTime time) => time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond);

    private static InstalledArtifact? Read(FileTree files, string path)
    {
        try
        {
            return files.ReadBytes(path) is { } json ? JsonSerializer.Deserialize(json, InstalledJson.Default.InstalledArtifact) : null;
        }
        catch (JsonException)
        {
            // An unreadable record vouches for nothing: the artifact is installed anew.
            return null;
        }
    }
}
