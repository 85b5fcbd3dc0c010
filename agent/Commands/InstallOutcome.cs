using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Images;
using Slipway.Reporting;
using Slipway.Resources;
using Slipway.Steps;

namespace Slipway.Commands;

/// <summary>What an install put where: recorded in the image, and told.</summary>
/// <param name="host">The image.</param>
/// <param name="facts">Its machine.</param>
/// <param name="intent">What was wanted.</param>
/// <param name="steps">What it was made of.</param>
internal sealed class InstallOutcome(Host host, Facts facts, Intent intent, IReadOnlyList<DescribedStep> steps)
{
    private readonly List<BinaryResource> binaries = [.. steps.SelectMany(step => step.Resources).OfType<BinaryResource>()];
    private ImageRecord? record;

    /// <summary>The container images that lie in the image for its first boot.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Writes the record, unless it says all this already.</summary>
    /// <returns>Whether it had to be written.</returns>
    public async Task<bool> RecordAsync(Ledger ledger, CancellationToken ct)
    {
        record = Make(SourceDate.OfEnvironment ?? host.Clock.GetUtcNow());
        if (intent.Image is { } earlier && Make(earlier.Time).ToJson().AsSpan().SequenceEqual(host.Files.ReadBytes(ImageRecord.FilePath)) && (SourceDate.OfEnvironment ?? earlier.Time) == earlier.Time)
        {
            record = earlier;
            return false;
        }
        var file = new FileResource(ImageRecord.FilePath, System.Text.Encoding.UTF8.GetString(record.ToJson()));
        var inspected = await file.InspectAsync(host, Scrutiny.Quick, ct);
        if (inspected is not Finding.Differs found)
        {
            return inspected is Finding.Refused refused ? throw new FailureException(refused.Failure) : false;
        }
        Converge.RecordFolders([file], host, ledger);
        ledger.Append(LedgerEvent.Intent, "image-record", file.Id, found.What, found.Before, file.Expected);
        host.Log.ChangeMade(found.What);
        await file.ApplyAsync(host, ct);
        ledger.Append(LedgerEvent.Done, "image-record", file.Id, after: file.After(host));
        return true;
    }

    /// <summary>Prints what is where.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="options">How.</param>
    /// <param name="changed">How many things were changed.</param>
    public void Write(TextWriter output, GlobalOptions options, int changed)
    {
        if (options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(output, json =>
            {
                json.WriteString("root", host.Files.Root);
                json.WriteNumber("changed", changed);
                json.WriteStartObject("image");
                record!.WriteTo(json);
                json.WriteEndObject();
            });
            return;
        }
        var folders = binaries.GroupBy(binary => binary.Directory).Select(folder => $"{string.Join(", ", folder.Select(binary => binary.Artifact.ToString()))} in {folder.Key}");
        var what = string.Join("; ", folders);
        output.WriteLine(changed == 0 ? $"nothing to do: {what}" : $"installed, {changed} changed: {what}{(host.Files.IsRunningSystem ? "" : $" (below {host.Files.Root})")}; recorded in {ImageRecord.FilePath}");
    }

    private ImageRecord Make(DateTimeOffset time)
    {
        var artifacts = new List<LockedArtifact>();
        foreach (var binary in binaries)
        {
            artifacts.Add(new LockedArtifact
            {
                Name = binary.Artifact.Name,
                Version = binary.Artifact.Version,
                Arch = binary.Artifact.Architecture,
                Url = binary.Artifact.Url,
                Sha256 = binary.InstalledSha256(host) ?? "",
            });
        }
        // What an earlier install of other parts recorded is still there.
        artifacts.AddRange((intent.Image?.Artifacts ?? []).Where(other => intent.Only is not null && !artifacts.Exists(artifact => artifact.Name == other.Name)));
        artifacts = [.. artifacts.OrderBy(artifact => artifact.Name, StringComparer.Ordinal)];
        var versions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in (string[])["containerd", "runc", "cni-plugins", "crictl"])
        {
            if (artifacts.Find(artifact => artifact.Name == part || (part == "containerd" && artifact.Name == Catalog.StaticContainerd)) is { } artifact)
            {
                versions[part] = artifact.Version;
            }
        }
        versions["kubernetes"] = intent.Release.Kubernetes;
        versions["pause"] = intent.Release.SandboxImage;
        return new ImageRecord
        {
            Time = time,
            Slipway = Build.Version,
            Architecture = facts.Architecture,
            OsId = facts.OsId,
            OsVersion = facts.OsVersion,
            KubernetesSource = intent.KubernetesSource,
            RuntimeSource = intent.RuntimeSource,
            Versions = versions,
            Artifacts = artifacts,
            Images = Images,
        };
    }
}
