using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

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

    /// <summary>What the first attempt has at the least, however short the wait.</summary>
    private static readonly TimeSpan FirstAttempt = TimeSpan.FromSeconds(10);

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

    /// <summary>Whether an image is made: what the platform gives its machines is nothing to it, and its own defaults are all there may be.</summary>
    public bool AtImageTime { get; init; }

    /// <summary>Gathers the node's documents.</summary>
    /// <param name="named">The sources of <c>--config-source</c>; empty lets the platform decide.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task<Gathered> AllAsync(IReadOnlyList<ConfigSource> named, CancellationToken ct)
    {
        started = host.Clock.GetTimestamp();
        var failure = await TakeAsync(new FileSource(ImageFolder, OnNode: true), ct)
            ?? (named.Count == 0 && !AtImageTime ? await PatientlyAsync("ask the sources", ChooseAsync, ct) : null)
            ?? await TakeAsync(new FileSource(OperatorsFolder, OnNode: true), ct);
        foreach (var source in named)
        {
            failure ??= await PatientlyAsync($"ask {source.Name}", token => TakeNamedAsync(source, token), ct);
        }
        // Among several sources that hold nothing, one that could not be asked may be the one that does.
        failure ??= documents.Count == 0 && problems.Count == 0 ? unreachable : null;
        return (failure, problems.Count, documents.Count) switch
        {
            ({ } broken, _, _) => new Gathered.Failed(broken) { IsUnreachable = broken.IsTransient || ReferenceEquals(broken, unreachable) },
            (_, > 0, _) => new Gathered.Wrong([.. problems, .. documents.SelectMany(document => NodeConfigReader.Check(document))]),
            (_, _, 0) => new Gathered.Nothing(notChosen),
            // An image's defaults wait for a node's own configuration; they are none.
            _ when !AtImageTime && used is [ImageDefaults] && !documents.Any(IsAboutJoining) => new Gathered.Nothing(notChosen),
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
        var (told, warned, joins) = (notChosen.Count, warnings.Count, userDataJoins);
        var left = Wait - host.Clock.GetElapsedTime(started);
        if (left <= TimeSpan.Zero)
        {
            return await askAsync(ct);
        }
        try
        {
            return await new Retry(left) { Longest = TimeSpan.FromSeconds(5) }.RunAsync(what, host.Clock, host.Log, async (number, token) =>
            {
                (unreachable, userDataJoins) = (null, joins);
                notChosen.RemoveRange(told, notChosen.Count - told);
                warnings.RemoveRange(warned, warnings.Count - warned);
                // A server that gives a byte now and then must not hold the boot longer than the operator would wait.
                var rest = Wait - host.Clock.GetElapsedTime(started);
                var least = number == 1 ? FirstAttempt : TimeSpan.FromSeconds(1);
                using var time = CancellationTokenSource.CreateLinkedTokenSource(token);
                time.CancelAfter(rest > least ? rest : least);
                try
                {
                    return await askAsync(time.Token) switch
                    {
                        { IsTransient: true } failure => throw new FailureException(failure),
                        var other => other,
                    };
                }
                catch (OperationCanceledException) when (!token.IsCancellationRequested)
                {
                    throw new FailureException(new Failure("http.unreachable", $"{what}: not answered in full within {Wait.TotalSeconds:0} s"));
                }
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
        ConfigSource[] candidates = [.. SourceOrder.Of(facts, settings).Sources];
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
            // Such as a seed's file that is too large, or a disk that cannot be read now.
            result = e.Failure.IsTransient ? new SourceResult.Unreachable(e.Failure) : new SourceResult.Malformed(e.Failure);
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
    public static Problem? IsMistake(ConfigSource source, Payload payload, string why) => source is FileSource { OnNode: true, Path: ImageFolder or OperatorsFolder }
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
            // The metadata of a source without documents is of no concern: it must not name the node.
            instance ??= found.Instance == InstanceData.None ? null : found.Instance;
            if (source.Name is not (ImageDefaults or Operators))
            {
                fingerprint = found.Fingerprint;
            }
        }
    }
}
