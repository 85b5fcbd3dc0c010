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

    /// <summary>How the names of records end whose installs were cut off: what they list is ours as far as it is there.</summary>
    public const string Pending = ".pending";

    private const string RecordName = ".record.json";

    // Null when nobody vouches for it in advance.
    private string? Sha256 => Supply.Digests.Find(Artifact);

    // Beside the programs, so that the final rename stays on one file system.
    private string Staging => $"{Directory}/.slipway-{Artifact.Name}";

    private string RecordPath => RecordOf(Directory, Artifact.Name, Artifact.Version);

    // From before the first program is moved until the record is there; not in the staging folder, which every preparation begins anew.
    private string PendingPath => $"{Installed}/{KeyOf(Directory, Artifact.Name, Artifact.Version)}{Pending}";

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
        var directory = (Read(host.Files, $"{Installed}/{id}.json") ?? Read(host.Files, $"{Installed}/{id}{Pending}"))?.Directory is { Length: > 0 } recorded ? recorded
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
        if (Wrong(host.Files, scrutiny) is not { } wrong)
        {
            return Task.FromResult<Finding>(Sha256 is null && !Sidecar.CanVouch(Artifact, Supply)
                ? new Finding.Refused(Digests.Unknown(Artifact))
                : new Finding.Differs(what));
        }
        return Task.FromResult<Finding>(wrong.Count > 0 ? new Finding.Differs($"{what}: {string.Join(", ", wrong)} missing or changed", "changed")
            // Cut off between the record and this: nothing is missing, and something is too much.
            : host.Files.Status(Staging) is not null ? new Finding.Differs($"remove {Staging}, left from an install that was cut off", "changed")
            : host.Files.Status(PendingPath) is not null ? new Finding.Differs($"remove {PendingPath}, left from an install that was cut off", "changed")
            : new Finding.AsWanted());
    }

    /// <inheritdoc/>
    public override async Task PrepareAsync(Host host, CancellationToken ct)
    {
        host.Files.DeleteDirectory(Staging);
        if (Wrong(host.Files, Scrutiny.Thorough) is { Count: 0 })
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
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        if (Read(host.Files, $"{Staging}/{RecordName}") is not { } record)
        {
            if (Wrong(host.Files, Scrutiny.Quick) is { Count: 0 })
            {
                // All is there already; what was too much goes.
                host.Files.Delete(PendingPath);
            }
            return;
        }
        var json = host.Files.ReadBytes($"{Staging}/{RecordName}");
        var earlier = Read(host.Files, PendingPath)?.Programs ?? [];
        host.Files.CreateDirectory(Installed, Modes.Mode755);
        // First: cut off anywhere from here on, removal knows what may be ours, and finds what stood there before.
        host.Files.Write(PendingPath, JsonSerializer.SerializeToUtf8Bytes(
            record with { Programs = [.. record.Programs, .. earlier.Where(program => !record.Programs.Contains(program))] }, InstalledJson.Default.InstalledArtifact), Modes.Mode644);
        foreach (var program in record.Programs)
        {
            Keep(host.Files, program);
            host.Files.Rename($"{Staging}/{program.Name}", $"{Directory}/{program.Name}");
        }
        // The downloads were made in the cache, or in the staging folder.
        await SecurityLabels.RestoreAsync(host, [.. record.Programs.Select(program => $"{Directory}/{program.Name}")], ct);
        // Last: whoever finds the record finds every program it lists.
        host.Files.Write(RecordPath, json, Modes.Mode644);
        host.Files.Delete(PendingPath);
        host.Files.DeleteDirectory(Staging);
    }

    /// <inheritdoc/>
    public override void Discard(Host host) => host.Files.DeleteDirectory(Staging);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        var programs = new Dictionary<string, InstalledProgram>(StringComparer.Ordinal);
        foreach (var record in Places(host.Files))
        {
            foreach (var program in record.Programs)
            {
                var path = $"{record.Directory}/{program.Name}";
                // Of two installs with different content, what stands there is of either.
                if (!programs.TryAdd(path, program) && host.Files.Sha256(path) == program.Sha256)
                {
                    programs[path] = program;
                }
            }
        }
        foreach (var line in trace.Befores.SelectMany(before => before.Split('\n')).Where(line => Directory.Length > 0 && line.IndexOf('\t', StringComparison.Ordinal) > 0))
        {
            // What was replaced comes back also where every record of who replaced it is lost; what stands there then is taken for others'.
            programs.TryAdd($"{Directory}/{line.Split('\t')[0]}", new InstalledProgram(line.Split('\t')[0], 0, "lost", 0));
        }
        var left = new List<string>();
        foreach (var (path, program) in programs)
        {
            if (ProgramRemoval.Remove(host.Files, path, program, trace) is { Length: > 0 } why)
            {
                left.Add($"{path} {why}");
            }
        }
        host.Files.Delete(AtomicFile.TemporaryName(PendingPath));
        host.Files.Delete(PendingPath);
        host.Files.Delete(AtomicFile.TemporaryName(RecordPath));
        host.Files.Delete(RecordPath);
        if (Directory.Length > 0)
        {
            host.Files.DeleteDirectory(Staging);
        }
        return Task.FromResult(string.Join("; ", left));
    }

    /// <summary>The records of this artifact with where its programs lie. A record of an earlier version does not say: wherever they are found then.</summary>
    private IEnumerable<InstalledArtifact> Places(FileTree files)
    {
        if (Directory.Length > 0 && Read(files, PendingPath) is { } pending)
        {
            yield return pending with { Directory = Directory };
        }
        // An earlier version had no other while it moved programs.
        if (Directory.Length > 0 && Read(files, $"{Staging}/{RecordName}") is { } staged)
        {
            yield return staged with { Directory = Directory };
        }
        if (Read(files, RecordPath) is not { } record)
        {
            yield break;
        }
        if (Directory.Length > 0)
        {
            yield return record with { Directory = Directory };
            yield break;
        }
        string[] folders = ["/opt/cni/bin", $"/opt/slipway/runtime/{Artifact.Version}/bin", $"/opt/slipway/kubernetes/{Artifact.Version}/bin", .. VersionFolders(files)];
        foreach (var folder in folders)
        {
            yield return record with { Directory = folder, Programs = [.. record.Programs.Where(program => files.Sha256($"{folder}/{program.Name}") == program.Sha256)] };
        }
    }

    private static IEnumerable<string> VersionFolders(FileTree files) => ((string[])["runtime", "kubernetes"])
        .SelectMany(set => files.List($"/opt/slipway/{set}").Where(name => name != "current").Select(version => $"/opt/slipway/{set}/{version}/bin"));

    private void Keep(FileTree files, InstalledProgram program)
    {
        var path = $"{Directory}/{program.Name}";
        if (Replaced.DigestOf(Replaced.Describe(files, path)) is { Length: > 0 } digest && digest != program.Sha256
            && !files.List(Installed).Any(name => Read(files, $"{Installed}/{name}")?.Programs.Any(ours => ours.Name == program.Name && ours.Sha256 == digest) == true))
        {
            Replaced.Keep(files, path);
        }
    }

    /// <summary>The programs that are missing or changed; null where the artifact, or this one, is not installed.</summary>
    private List<string>? Wrong(FileTree files, Scrutiny scrutiny) => Read(files, RecordPath) is { } record && (Sha256 is null || record.Sha256 == Sha256)
        ? [.. record.Programs.Where(program => !IsThere(files, program, scrutiny)).Select(program => program.Name)] : null;

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
