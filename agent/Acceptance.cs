using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Images;
using Slipway.Reporting;
using Slipway.Sources;
using Slipway.Steps;

namespace Slipway;

/// <summary>A configuration with all that it left open decided. Decided once, saved, and the same for every later boot.</summary>
internal sealed record Acceptance
{
    /// <summary>Where the last accepted configuration is kept.</summary>
    public const string FilePath = "/var/lib/slipway/config.json";

    /// <summary>What is wanted of the node.</summary>
    public required Intent Intent { get; init; }

    /// <summary>The merged document, with its secrets.</summary>
    public required MappingNode Merged { get; init; }

    /// <summary>SHA-256 of the merged document in canonical form.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Where it came from.</summary>
    public required string Source { get; init; }

    /// <summary>The source that was chosen or named; null when only files of the image or the operator gave it.</summary>
    public required string? Chosen { get; init; }

    /// <summary>SHA-256 of the chosen source's user data; null where none was chosen.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whose configuration it is.</summary>
    public required Instance Instance { get; init; }

    /// <summary>One line for the journal.</summary>
    public string Summary => $"node {Intent.NodeName}, Kubernetes {Intent.Release.Kubernetes}, containerd {Intent.Release.Containerd}, "
        + (Intent.Joins ? Target : "prepare only");

    private string Target => Intent.Config.Join switch
    {
        { Eks: { } eks } => $"join EKS cluster {eks.Cluster?.Name}",
        { Kubeadm: { Init: not null } or { Documents.Init: not null } } => "make a cluster",
        { Kubeadm: { } kubeadm } when kubeadm.Target() is { } target => $"join {(target.ApiServerEndpoint is { } endpoint ? endpoint.ToString() : $"as {target.DiscoveryFile} says")}",
        _ => "join as a document says that is read at the join",
    };

    /// <summary>Decides what a valid configuration left open.</summary>
    /// <param name="valid">The configuration.</param>
    /// <param name="found">How it was gathered.</param>
    /// <param name="facts">The machine.</param>
    /// <param name="files">The node: the lock file lies there.</param>
    /// <param name="earlier">What was accepted before: of the same configuration its decisions are kept.</param>
    /// <exception cref="FailureException"><c>config.*</c>, <c>node.name-invalid</c>, <c>artifact.lock-*</c>.</exception>
    public static Acceptance Decide(
        NodeConfigResult.Valid valid, Gathered.Found found, Facts facts, FileTree files, Acceptance? earlier = null)
    {
        var config = valid.Config;
        var same = earlier is not null && earlier.Sha256 == valid.Id ? earlier : null;
        var image = ImageRecord.Read(files);
        var locked = ReadLock(config, files, same?.Intent.Digests.Lock);
        var bundle = ReadBundle(config, files, locked, facts, isKnown: same is not null);
        // The medium of a bundle may be gone once it has been used.
        locked ??= bundle?.Lock ?? (config.Artifacts?.Bundle is { Length: > 0 } ? same?.Intent.Digests.Lock : null);
        // The copy that was kept has the image's digests in it already.
        var digests = locked is not null && ReferenceEquals(locked, same?.Intent.Digests.Lock) ? same.Intent.Digests : new Digests(Versions.Vouching(locked, image));
        // Another lock is another decision: whoever corrects a digest wants it to count.
        var kept = same is not null && LockFile.AreEqual(digests.Lock, same.Intent.Digests.Lock) ? same.Intent : null;
        return new Acceptance
        {
            Intent = new Intent
            {
                Config = config,
                NodeName = kept?.NodeName ?? NodeName(config.Node?.Name ?? config.Join?.Eks?.IamRolesAnywhere?.NodeName ?? found.Instance.LocalHostname ?? facts.Hostname),
                Release = kept?.Release ?? Versions.Decide(config, locked, image, facts),
                Digests = digests,
                Image = image,
                Bundle = bundle,
                Joins = config.Join?.Mode switch
                {
                    JoinMode.Join => true,
                    JoinMode.Prepare => false,
                    _ => !found.UserDataJoins,
                },
            },
            Merged = valid.Merged,
            Sha256 = valid.Id,
            Source = found.Source,
            Chosen = found.Chosen,
            Fingerprint = found.Fingerprint,
            Instance = new Instance(found.Instance.InstanceId, facts.ProductUuid),
        };
    }

    /// <summary>Saves it, 0600.</summary>
    /// <param name="files">The node.</param>
    /// <param name="scrub">Whether to leave out the secrets that can be used only once: they have done their work.</param>
    public void Save(FileTree files, bool scrub)
    {
        var document = scrub ? NodeConfigJson.WriteScrubbed(Merged) : NodeConfigJson.Write(Merged);
        var saved = new SavedConfig
        {
            SchemaVersion = 1,
            Sha256 = Sha256,
            Source = Source,
            Chosen = Chosen,
            Fingerprint = Fingerprint,
            Instance = Instance,
            NodeName = Intent.NodeName,
            Joins = Intent.Joins,
            Release = Intent.Release,
            Lock = Intent.Digests.Lock,
            Document = JsonDocument.Parse(document).RootElement,
        };
        files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
        var json = JsonSerializer.SerializeToUtf8Bytes(saved, SavedConfigJson.Default.SavedConfig);
        if (!json.AsSpan().SequenceEqual(files.ReadBytes(FilePath)))
        {
            files.Write(FilePath, json, Modes.Mode600);
        }
    }

    /// <summary>The configuration that was accepted last; null when there is none, or it cannot be read any more.</summary>
    public static Acceptance? Load(FileTree files)
    {
        if (files.ReadText(FilePath) is not { } text)
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize(text, SavedConfigJson.Default.SavedConfig) is { SchemaVersion: 1 } saved
                && YamlReader.Read(saved.Document.GetRawText(), FilePath) is { Problems.Count: 0, Documents: [var document] }
                && NodeConfigReader.Read([document], userDataJoins: !saved.Joins, saved: true) is NodeConfigResult.Valid valid
                ? new Acceptance
                {
                    Intent = new Intent
                    {
                        Config = valid.Config,
                        NodeName = saved.NodeName,
                        Release = saved.Release,
                        Digests = new Digests(saved.Lock),
                        Image = ImageRecord.Read(files),
                        Joins = saved.Joins,
                    },
                    Merged = valid.Merged,
                    Sha256 = saved.Sha256,
                    Source = saved.Source,
                    Chosen = saved.Chosen,
                    Fingerprint = saved.Fingerprint,
                    Instance = saved.Instance ?? new Instance(null, ""),
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Bundle? ReadBundle(NodeConfig config, FileTree files, LockFile? locked, Facts facts, bool isKnown)
    {
        try
        {
            return config.Artifacts?.Bundle is { Length: > 0 } path ? Bundle.Open(files, path, new Digests(locked), facts.Architecture) : null;
        }
        catch (FailureException e) when (isKnown && e.Failure.Code == "bundle.missing")
        {
            return null;
        }
    }

    /// <summary>The node's lock file; where it is gone or torn, the copy that was kept with the accepted configuration.</summary>
    /// <exception cref="FailureException"><c>artifact.lock-*</c>.</exception>
    /// <remarks>cloud-init writes files in place and once: a power cut soon after leaves them empty for good.</remarks>
    public static LockFile? ReadLock(NodeConfig config, FileTree files, LockFile? kept = null)
    {
        if (config.Artifacts?.Lock is not { Length: > 0 } path)
        {
            return null;
        }
        try
        {
            return files.ReadBytes(path) is { } json
                ? LockFile.Parse(json, path)
                : throw new FailureException(new Failure("artifact.lock-missing", $"spec.artifacts.lock: {path} does not exist"));
        }
        catch (FailureException) when (kept is not null)
        {
            return kept;
        }
    }

    private static string NodeName(string candidate)
    {
        var name = candidate.Trim().ToLowerInvariant();
        return NameForms.IsNodeName(name)
            ? name
            : throw new FailureException(new Failure("node.name-invalid",
                $"\"{name}\" cannot be a node's name: letters, digits, '-' and '.', at most 63 characters, not localhost"));
    }
}

/// <summary>The saved form of an <see cref="Acceptance"/>.</summary>
internal sealed record SavedConfig
{
    /// <summary>Version of this format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>SHA-256 of the configuration as it was accepted.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Where it came from.</summary>
    public required string Source { get; init; }

    /// <summary>The chosen source among where it came from.</summary>
    public string? Chosen { get; init; }

    /// <summary>SHA-256 of the chosen source's user data.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whose configuration it is; absent in what an earlier version saved.</summary>
    public Instance? Instance { get; init; }

    /// <summary>The node's name.</summary>
    public required string NodeName { get; init; }

    /// <summary>Whether to join.</summary>
    public required bool Joins { get; init; }

    /// <summary>The exact versions.</summary>
    public required Release Release { get; init; }

    /// <summary>The lock file as it was; absent when there was none.</summary>
    public LockFile? Lock { get; init; }

    /// <summary>The merged document.</summary>
    public required JsonElement Document { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Sha256;
}

/// <summary>The saved form's JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SavedConfig))]
internal sealed partial class SavedConfigJson : JsonSerializerContext;
