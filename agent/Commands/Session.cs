using Serilog;
using Serilog.Events;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Commands;

/// <summary>What every command that looks at a node starts from.</summary>
internal sealed class Session
{
    /// <summary>The options.</summary>
    public required GlobalOptions Options { get; init; }

    /// <summary>The outside world.</summary>
    public required Host Host { get; init; }

    /// <summary>The agent's own settings.</summary>
    public Settings Settings { get; init; } = Settings.None;

    /// <summary>The machine.</summary>
    public required Facts Facts { get; init; }

    /// <summary>Where results go.</summary>
    public TextWriter Out { get; init; } = Console.Out;

    /// <summary>The log.</summary>
    public ILogger Log => Host.Log;

    /// <summary>Opens a session on the node that the options name.</summary>
    public static Session Open(GlobalOptions options, ILogger log)
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
        });
        return new Session { Options = options, Host = host, Settings = settings, Facts = Facts.Read(host.Files, host.Services) };
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
    /// <param name="isPatient">Whether sources that cannot be reached are asked again for as long as the settings say.</param>
    public async Task<(Gathered Gathered, NodeConfigResult? Config)> ReadConfigAsync(CancellationToken ct, bool isPatient = false)
    {
        var named = Options.ConfigSources.Select(ConfigSource.Parse).ToList();
        var gathered = await new Gather(Host, Facts, Settings) { Wait = isPatient && Settings.Problems.Count == 0 ? Settings.Wait : default }.AllAsync(named, ct);
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

    /// <summary>The node's configuration with everything decided: from its sources, else what was accepted last.</summary>
    /// <param name="ct">Ends the call early.</param>
    /// <param name="isPatient">See <see cref="ReadConfigAsync"/>.</param>
    /// <returns>Null when there is none anywhere.</returns>
    /// <exception cref="FailureException">For whatever stands in the way; mistakes have been logged line by line.</exception>
    public async Task<Acceptance?> AcceptAsync(CancellationToken ct, bool isPatient = false)
    {
        var earlier = Acceptance.Load(Host.Files);
        var (gathered, config) = await ReadConfigAsync(ct, isPatient);
        var here = new Instance((gathered as Gathered.Found)?.Instance.InstanceId, Facts.ProductUuid);
        if (earlier?.Instance.IsOtherThan(here) == true)
        {
            Log.Attention($"this is another instance ({here}) than the one whose configuration was accepted before ({earlier.Instance}): starting afresh");
            earlier = null;
        }
        switch (gathered)
        {
            case Gathered.Nothing nothing:
                foreach (var why in nothing.Why)
                {
                    Log.Debug("{Why:l}", "not used: " + why);
                }
                return GoOn(earlier, new Failure("config.absent", "no source has a configuration any more"));
            case Gathered.Failed failed when earlier is not null && failed.Failure.IsTransient:
                return GoOn(earlier, failed.Failure);
            case Gathered.Failed failed:
                throw new FailureException(failed.Failure);
            case Gathered.Wrong wrong:
                throw Invalid(wrong.Problems);
            // Drop-ins without what they were dropped into: the source has been redacted or taken away since.
            case Gathered.Found { Chosen: null } when earlier?.Chosen is { } gone:
                return GoOn(earlier, new Failure("config.absent", $"{gone} has no configuration any more"));
            // kubeadm's documents alone, for the user data's own kubeadm, which the image may have already.
            case Gathered.Found { UserDataJoins: true } theirs when config is NodeConfigResult.Valid { Config.Kubernetes: null or { Version: null } }
                && theirs.Documents.All(document => DocumentKinds.Of(document) != DocumentKind.Ours):
                Log.Information("{Text:l}", $"{theirs.Source} joins this node by its own commands, and nothing says which Kubernetes to prepare: that is left to them");
                return null;
            case Gathered.Found found:
                Log.SourceChosen(found.Source, found.NotChosen);
                foreach (var warning in found.Warnings.Concat(config?.Warnings ?? []))
                {
                    Log.Attention(warning.ToString());
                }
                var unsupported = config!.Unsupported;
                return config is NodeConfigResult.Valid valid && unsupported.Count == 0
                    ? Acceptance.Decide(valid, found, Facts, Host.Files, earlier)
                    : throw Invalid([.. (config as NodeConfigResult.Invalid)?.Problems ?? [], .. unsupported]);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private Acceptance? GoOn(Acceptance? earlier, Failure why)
    {
        if (earlier is not null)
        {
            // That a source was redacted after the configuration was saved is how it should be.
            Log.Write(why.IsTransient ? LogEventLevel.Warning : LogEventLevel.Information, "{Text:l}",
                $"{why.What}; going on with the configuration accepted before, from {earlier.Source} (sha256 {earlier.Sha256})");
        }
        return earlier;
    }

    /// <summary>Logs every mistake on a line of its own.</summary>
    /// <returns>The failure that stands for all of them.</returns>
    private FailureException Invalid(IReadOnlyList<Problem> problems)
    {
        foreach (var problem in problems)
        {
            Log.Mistake(problem.Code, problem.ToString());
        }
        // One mistake is the outcome itself; of several the first leads and the others stand above.
        return new FailureException(new Failure(problems[0].Code,
            problems.Count == 1 ? problems[0].ToString() : $"{problems.Count} mistakes, the first: {problems[0]}"));
    }
}
