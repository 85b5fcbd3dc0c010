using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>What all sources together gave.</summary>
internal abstract record Gathered
{
    private Gathered()
    {
    }

    /// <summary>There are documents for this node.</summary>
    public sealed record Found : Gathered
    {
        /// <summary>The documents in the order in which they fold; not yet checked.</summary>
        public required IReadOnlyList<ConfigNode> Documents { get; init; }

        /// <summary>Where they came from, for people: <c>cloud-init: + file:///etc/slipway/node.d</c>.</summary>
        public required string Source { get; init; }

        /// <summary>The source that was chosen or named, if one had documents; null when only files of the image or the operator did.</summary>
        public required string? Chosen { get; init; }

        /// <summary>SHA-256 of the chosen source's user data, in lower-case hex; null where none was chosen.</summary>
        public string? Fingerprint { get; init; }

        /// <summary>What the chosen source says of the machine itself.</summary>
        public required InstanceData Instance { get; init; }

        /// <summary>Whether the user data's own runcmd joins the node.</summary>
        public required bool UserDataJoins { get; init; }

        /// <summary>Why the other sources were not chosen.</summary>
        public required IReadOnlyList<string> NotChosen { get; init; }

        /// <summary>Oddities that were put up with.</summary>
        public required IReadOnlyList<Problem> Warnings { get; init; }
    }

    /// <summary>No source has anything for this node.</summary>
    /// <param name="Why">One clause a source.</param>
    public sealed record Nothing(IReadOnlyList<string> Why) : Gathered;

    /// <summary>A source that counts could not be read, or is broken.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(Failure Failure) : Gathered
    {
        /// <summary>Whether a source could not be asked, so that what it gave before still counts; what is broken stops the boot.</summary>
        public bool IsUnreachable { get; init; }
    }

    /// <summary>A document has mistakes.</summary>
    /// <param name="Problems">All of them.</param>
    public sealed record Wrong(IReadOnlyList<Problem> Problems) : Gathered;
}

/// <summary>Asks the sources in their order: image defaults, the chosen source, the operator's drop-ins, <c>--config-source</c>s.</summary>
/// <param name="host">The outside world.</param>
/// <param name="facts">The machine.</param>
/// <param name="settings">What the operator says of the sources; null where nothing is set.</param>
internal sealed class Gather(Host host, Facts facts, Settings? settings = null)
{
    /// <summary>An image's default documents.</summary>
    public const string ImageFolder = "/usr/lib/slipway/node.d";

    /// <summary>The operator's documents.</summary>
    public const string OperatorsFolder = "/etc/slipway/node.d";

    private const string ImageDefaults = "file://" + ImageFolder;
    private const string Operators = "file://" + OperatorsFolder;
    private readonly Settings settings = settings ?? Settings.None;
    private readonly List<ConfigNode> documents = [];
    private readonly List<Problem> problems = [];
    private readonly List<Problem> warnings = [];
    private readonly List<string> used = [];
    private readonly List<string> notChosen = [];
    private InstanceData? instance;
    private string? fingerprint;
    private bool userDataJoins;
    private Failure? unreachable;
    private long started;

    /// <summary>How long sources that cannot be reached are asked again; nothing asks them once.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Gathers the node's documents.</summary>
    /// <param name="named">The sources of <c>--config-source</c>; empty lets the platform decide.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task<Gathered> AllAsync(IReadOnlyList<ConfigSource> named, CancellationToken ct)
    {
        started = host.Clock.GetTimestamp();
        var failure = await TakeAsync(new FileSource(ImageFolder, OnNode: true), ct)
            ?? (named.Count == 0 ? await PatientlyAsync("ask the sources", ChooseAsync, ct) : null)
            ?? await TakeAsync(new FileSource(OperatorsFolder, OnNode: true), ct);
        foreach (var source in named)
        {
            failure ??= await PatientlyAsync($"ask {source.Name}", token => TakeNamedAsync(source, token), ct);
        }
        // Among several sources that hold nothing, one that could not be asked may be the one that does.
        failure ??= documents.Count == 0 && problems.Count == 0 ? unreachable : null;
        return (failure, problems.Count, documents.Count) switch
        {
            ({ } broken, _, _) => new Gathered.Failed(broken) { IsUnreachable = ReferenceEquals(broken, unreachable) },
            (_, > 0, _) => new Gathered.Wrong([.. problems, .. documents.SelectMany(document => NodeConfigReader.Check(document))]),
            (_, _, 0) => new Gathered.Nothing(notChosen),
            // An image's defaults wait for a node's own configuration; they are none.
            _ when used is [ImageDefaults] && !documents.Any(IsAboutJoining) => new Gathered.Nothing(notChosen),
            _ => new Gathered.Found
            {
                Documents = documents,
                Source = string.Join(" + ", used),
                Chosen = used.Find(name => name is not (ImageDefaults or Operators)),
                Fingerprint = fingerprint,
                Instance = instance ?? InstanceData.None,
                UserDataJoins = userDataJoins,
                NotChosen = notChosen,
                Warnings = warnings,
            },
        };
    }

    private static bool IsAboutJoining(ConfigNode document) => ((document as MappingNode)?.Find("spec") as MappingNode)?.Find("join") is not null;

    /// <summary>Asks, and asks again while what stands in the way may pass by itself and there is time.</summary>
    private async Task<Failure?> PatientlyAsync(string what, Func<CancellationToken, Task<Failure?>> askAsync, CancellationToken ct)
    {
        var (told, left) = (notChosen.Count, Wait - host.Clock.GetElapsedTime(started));
        if (left <= TimeSpan.Zero)
        {
            return await askAsync(ct);
        }
        try
        {
            return await new Retry(left) { Longest = TimeSpan.FromSeconds(5) }.RunAsync(what, host.Clock, host.Log, async (_, token) =>
            {
                unreachable = null;
                notChosen.RemoveRange(told, notChosen.Count - told);
                return await askAsync(token) switch
                {
                    { IsTransient: true } failure => throw new FailureException(failure),
                    var other => other,
                };
            }, ct);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    /// <summary>Whoever names a source means it: that it has nothing is an error.</summary>
    private async Task<Failure?> TakeNamedAsync(ConfigSource source, CancellationToken ct)
    {
        var before = used.Count;
        return await TakeAsync(source, ct) ?? (problems.Count == 0 && used.Count == before
            ? unreachable ?? new Failure("config.source-empty", $"--config-source {notChosen[^1]}")
            : null);
    }

    /// <summary>The automatic choice: by platform, in one pass, exactly one source. What the platform merely may have is passed over where it
    /// cannot be asked; what the kernel line or the settings name is not.</summary>
    private async Task<Failure?> ChooseAsync(CancellationToken ct)
    {
        ConfigSource[] candidates = [.. SourceOrder.Of(facts, settings).Names.Select(ConfigSource.Parse)];
        foreach (var candidate in candidates)
        {
            var (before, earlier) = (used.Count, unreachable);
            unreachable = null;
            if (await TakeAsync(candidate, ct) is { } failure)
            {
                return failure;
            }
            if (unreachable is not null && (settings.Sources is not null || candidate.IsNamedBy(host)))
            {
                return unreachable;
            }
            unreachable = earlier ?? unreachable;
            if (used.Count > before || problems.Count > 0)
            {
                if (unreachable is not null)
                {
                    host.Log.Attention($"{candidate.Name} is taken because a source before it could not be asked: {unreachable.What}");
                }
                notChosen.AddRange(candidates.SkipWhile(other => other != candidate).Skip(1).Select(other => $"{other.Name} comes after {candidate.Name}"));
                return null;
            }
        }
        // Image defaults alone are no configuration: a hypervisor that cannot be asked may have it.
        return unreachable;
    }

    private async Task<Failure?> TakeAsync(ConfigSource source, CancellationToken ct)
    {
        SourceResult result;
        try
        {
            result = await source.ReadAsync(host, ct);
        }
        catch (FailureException e)
        {
            // Such as a seed's file that is too large.
            result = new SourceResult.Malformed(e.Failure);
        }
        switch (result)
        {
            case SourceResult.Absent absent:
                notChosen.Add($"{source.Name}: {absent.Why}");
                return null;
            case SourceResult.Unreachable failed:
                notChosen.Add($"{source.Name}: {failed.Failure.What}");
                unreachable ??= failed.Failure;
                return null;
            case SourceResult.Malformed broken:
                return broken.Failure;
            case SourceResult.Found found:
                instance ??= found.Instance == InstanceData.None ? null : found.Instance;
                Read(source, found);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>A file that cloud-init may have written, for what it rendered or fetched and we do not.</summary>
    public static ReadOnlyMemory<byte>? Written(Host host, string path)
    {
        if (path.Any(char.IsControl))
        {
            return null;
        }
        try
        {
            // The kernel's own files have no size, and reading one may wait for ever.
            return host.Files.Status(path) is { Kind: FileKind.File, Size: > 0 and <= PayloadDecoder.MaxBytes } && host.Files.ReadBytes(path, PayloadDecoder.MaxBytes) is { } bytes
                ? bytes
                : default(ReadOnlyMemory<byte>?);
        }
        catch (FailureException)
        {
            return null;
        }
    }

    /// <summary>The mistake that a text without a NodeConfig is, in the folders that hold NodeConfigs and nothing else; null elsewhere, where it is
    /// somebody else's data.</summary>
    public static Problem? IsMistake(ConfigSource source, Payload payload, string why) => source is FileSource { OnNode: true }
        ? new Problem(new Position(payload.Origin.File, 1, 1), "", "config.kind-unsupported", why, "a NodeConfig document")
        : null;

    private void Read(ConfigSource source, SourceResult.Found found)
    {
        var had = documents.Count + problems.Count;
        foreach (var payload in found.Payloads)
        {
            var result = UserData.FindDocuments(payload.Bytes, payload.Origin, found.Instance, source is FileSource ? null : path => Written(host, path));
            userDataJoins |= result.HasRuncmdJoin;
            warnings.AddRange(result.Warnings);
            switch (result)
            {
                case UserDataResult.Found some:
                    documents.AddRange(some.Documents);
                    break;
                case UserDataResult.Malformed wrong:
                    problems.AddRange(wrong.Problems);
                    break;
                case UserDataResult.NoDocuments none when IsMistake(source, payload, none.Why) is { } mistake:
                    problems.Add(mistake);
                    break;
                case UserDataResult.NoDocuments none:
                    notChosen.Add($"{source.Name}: {payload.Origin.File} holds no NodeConfig ({none.Why})");
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        if (documents.Count + problems.Count > had)
        {
            used.Add(source.Name);
            if (source.Name is not (ImageDefaults or Operators))
            {
                fingerprint = found.Fingerprint;
            }
        }
    }
}
