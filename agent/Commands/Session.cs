using Serilog;
using Serilog.Events;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;
using Slipway.Sources;
using Slipway.Steps;

namespace Slipway.Commands;

/// <summary>What every command that looks at a node starts from.</summary>
internal sealed class Session
{
    /// <summary>The options.</summary>
    public required GlobalOptions Options { get; init; }

    /// <summary>The outside world.</summary>
    public required Host Host { get; set; }

    /// <summary>The agent's own settings.</summary>
    public Settings Settings { get; init; } = Settings.None;

    /// <summary>The machine.</summary>
    public required Facts Facts { get; init; }

    /// <summary>Where results go.</summary>
    public TextWriter Out { get; init; } = Console.Out;

    /// <summary>The log.</summary>
    public ILogger Log => Host.Log;

    /// <summary>Opens a session on the node that the options name.</summary>
    public static Session Open(GlobalOptions options, ILogger log, ProgressBars? progress)
    {
        if (!new FileTree("/").IsDirectory(Path.GetFullPath(options.Root)))
        {
            throw new FailureException(new Failure("usage.no-root", $"--root {options.Root}: there is no such directory"));
        }
        OpenSsl.Require();
        var settings = ReadSettings(new FileTree(options.Root));
        var host = Host.Open(options.Root, log, new Reach
        {
            HttpProxy = settings.Proxy?.Http?.Reveal(),
            HttpsProxy = settings.Proxy?.Https?.Reveal(),
            NoProxy = settings.Proxy?.NoProxy ?? [],
            TrustedCAs = settings.TrustedCAs,
            GuestinfoContextId = settings.GuestinfoContextId,
        }, progress);
        return new Session { Options = options, Host = host, Settings = settings, Facts = Facts.Read(host.Files, host.Services) };
    }

    /// <summary>Trusts, from here on, the CAs of an accepted configuration too, beside those of the settings.</summary>
    /// <returns>The outside world as it is reached now.</returns>
    public Host Trust(Intent intent)
    {
        if (intent.Config.System?.TrustedCAs is { Length: > 0 } pem)
        {
            foreach (var certificate in PemBundle.TryRead(pem) ?? [])
            {
                if (certificate.NotAfter.ToUniversalTime() < Host.Clock.GetUtcNow())
                {
                    Log.Attention($"spec.system.trustedCAs: {certificate.Subject} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
                }
            }
            Host = Host.Reaching(Host.Reach with { TrustedCAs = $"{Settings.TrustedCAs}\n{pem}" });
        }
        return Host;
    }

    private static Settings ReadSettings(FileTree files)
    {
        try
        {
            return Settings.Read(files.ReadBytes(Settings.FilePath));
        }
        catch (FailureException e)
        {
            // The file may be root's alone: whoever only asks for the status does without it.
            return new Settings { Problems = [new Problem(new Position(Settings.FilePath, 1, 1), "", e.Failure.Code, e.Failure.What)] };
        }
    }

    /// <summary>Gathers and checks the node's configuration.</summary>
    /// <param name="ct">Ends the call early.</param>
    /// <param name="wait">How long sources that cannot be reached are asked again.</param>
    public async Task<(Gathered Gathered, NodeConfigResult? Config)> ReadConfigAsync(CancellationToken ct, TimeSpan wait = default)
    {
        var named = Options.ConfigSources.Select(ConfigSource.Parse).ToList();
        var gathered = await new Gather(Host, Facts, Settings) { Wait = Settings.Problems.Count == 0 ? wait : default }.AllAsync(named, ct);
        if (Settings.Problems.Count > 0)
        {
            // Without its settings the agent may have asked in the wrong place: what it found is not used, but its mistakes are told too.
            var others = gathered switch
            {
                Gathered.Wrong wrong => wrong.Problems,
                Gathered.Found some when NodeConfigReader.Read(some.Documents, some.UserDataJoins) is NodeConfigResult.Invalid invalid => invalid.Problems,
                _ => [],
            };
            return (new Gathered.Wrong([.. Settings.Problems, .. others]), null);
        }
        if (gathered is not Gathered.Found found)
        {
            return (gathered, null);
        }
        return (gathered, NodeConfigReader.Read(found.Documents, found.UserDataJoins));
    }

    /// <summary>The documents for an image: its own, the operator's, those of <c>--config-source</c>; perhaps none.</summary>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException">For what cannot be read.</exception>
    public async Task<IReadOnlyList<ConfigNode>> GatherForImageAsync(CancellationToken ct)
    {
        if (Settings.Problems.Count > 0)
        {
            throw Invalid(Settings.Problems);
        }
        switch (await new Gather(Host, Facts, Settings) { AtImageTime = true }.AllAsync([.. Options.ConfigSources.Select(ConfigSource.Parse)], ct))
        {
            case Gathered.Failed failed:
                throw new FailureException(failed.Failure);
            case Gathered.Wrong wrong:
                throw Invalid(wrong.Problems);
            case Gathered.Found found:
                Log.SourceChosen(found.Source, []);
                return found.Documents;
            default:
                return [];
        }
    }

    /// <summary>The configuration, if it is one that this version can do; its warnings are logged.</summary>
    /// <exception cref="FailureException">For its mistakes, which have been logged line by line.</exception>
    public NodeConfigResult.Valid Require(NodeConfigResult config)
    {
        foreach (var warning in config.Warnings)
        {
            Log.Attention(warning.ToString());
        }
        var unsupported = config.Unsupported;
        return config is NodeConfigResult.Valid valid && unsupported.Count == 0 ? valid
            : throw Invalid([.. (config as NodeConfigResult.Invalid)?.Problems ?? [], .. unsupported]);
    }

    /// <summary>The node's configuration with everything decided: from its sources, else what was accepted last.</summary>
    /// <param name="saved">What was accepted last; null when there is none that can be read.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <param name="wait">How long sources that cannot be reached are asked again.</param>
    /// <exception cref="FailureException">For whatever stands in the way; mistakes have been logged line by line.</exception>
    public async Task<Accepted> AcceptAsync(Acceptance? saved, CancellationToken ct, TimeSpan wait = default)
    {
        var (gathered, config) = await ReadConfigAsync(ct, wait);
        var here = new Instance((gathered as Gathered.Found)?.Instance.InstanceId, Facts.ProductUuid);
        var isClone = saved?.Instance.IsOtherThan(here) == true;
        if (isClone)
        {
            Log.Attention($"this is another instance ({here}) than the one whose configuration was accepted before ({saved!.Instance}): starting afresh");
            saved = null;
        }
        switch (gathered)
        {
            case Gathered.Nothing when saved is not null:
                return GoOn(saved, new Failure("config.absent", "no source has a configuration any more"));
            case Gathered.Nothing when !isClone && Host.Files.Status(Acceptance.FilePath) is not null:
                // It may be the only copy left of a configuration that was taken out of its source.
                throw new FailureException(new Failure("config.saved-unreadable", $"no source has a configuration, and {Acceptance.FilePath}, which holds the last one, cannot be read by this version"));
            case Gathered.Nothing nothing:
                return new Accepted.None($"no source has a configuration for this node ({string.Join("; ", nothing.Why)})", isClone);
            case Gathered.Failed { IsUnreachable: true } failed when saved is not null:
                return GoOn(saved, failed.Failure);
            case Gathered.Failed failed:
                throw new FailureException(failed.Failure);
            case Gathered.Wrong wrong:
                throw Invalid(wrong.Problems);
            // Drop-ins without what they were dropped into: the source has been redacted or taken away since. What is whole by itself counts.
            case Gathered.Found { Chosen: null } when saved?.Chosen is { } gone && config is not NodeConfigResult.Valid { Config.Join: { Kubeadm: not null } or { Eks: not null } }:
                return GoOn(saved, new Failure("config.absent", $"{gone} has no configuration any more, and what lies in the node's own folders is none by itself"));
            case Gathered.Found found when IsLeftToOthers(found, config):
                return new Accepted.None($"{found.Source} joins this node by its own commands, and nothing says which Kubernetes to prepare", isClone);
            case Gathered.Found found:
                Log.SourceChosen(found.Source, found.NotChosen);
                foreach (var warning in found.Warnings)
                {
                    Log.Attention(warning.ToString());
                }
                return new Accepted.Is(Acceptance.Decide(await WithVersionAsync(Require(config!), ct), found, Facts, Host.Files, saved));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The configuration with the version of what is there, where that is to be used and nothing says which it is.</summary>
    public async Task<NodeConfigResult.Valid> WithVersionAsync(NodeConfigResult.Valid valid, CancellationToken ct) =>
        valid.Config.Kubernetes is { Source: KubernetesSource.None, Version: null or { Patch: null } } section
            && await PresentPrograms.VersionAsync(Host, ct) is { } version && KubernetesVersion.TryParse(version) is { } there
            && (section.Version is not { } asked || (asked.Major == there.Major && asked.Minor == there.Minor))
            ? valid with { Config = valid.Config with { Kubernetes = section with { Version = there } } }
            : valid;

    /// <summary>Whether all there is are documents for the user data's own kubeadm or nodeadm, and nothing says what to prepare: the image may have it all.</summary>
    public static bool IsLeftToOthers(Gathered.Found found, NodeConfigResult? config) =>
        found.UserDataJoins && config is NodeConfigResult.Valid { Config.Kubernetes: null or { Version: null } }
        && found.Documents.All(document => DocumentKinds.Of(document) != DocumentKind.Ours);

    private Accepted.Is GoOn(Acceptance saved, Failure why)
    {
        // That a source was redacted after the configuration was saved is how it should be.
        Log.Write(why.Code == "config.absent" ? LogEventLevel.Information : LogEventLevel.Warning, "{Text:l}",
            $"{why.What}; going on with the configuration accepted before, from {saved.Source} (sha256 {saved.Sha256})");
        return new Accepted.Is(saved);
    }

    /// <summary>Logs every mistake on a line of its own.</summary>
    /// <returns>The failure that stands for all of them.</returns>
    private FailureException Invalid(IReadOnlyList<Problem> problems)
    {
        foreach (var problem in problems)
        {
            Log.Mistake(problem.Code, problem.ToString());
        }
        if (problems[0] is { At.IsOption: true } option)
        {
            return new FailureException(new Failure("usage.option-invalid", option.ToString()));
        }
        // One mistake is the outcome itself; of several the first leads and the others stand above.
        return new FailureException(new Failure(problems[0].Code,
            problems.Count == 1 ? problems[0].ToString() : $"{problems.Count} mistakes, the first: {problems[0]}"));
    }
}
