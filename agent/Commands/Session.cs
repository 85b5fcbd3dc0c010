using Serilog;
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
        var host = Host.Open(options.Root, log);
        return new Session { Options = options, Host = host, Facts = Facts.Read(host.Files, host.Services) };
    }

    /// <summary>Gathers and checks the node's configuration.</summary>
    public async Task<(Gathered Gathered, NodeConfigResult? Config)> ReadConfigAsync(CancellationToken ct)
    {
        var named = Options.ConfigSources.Select(ConfigSource.Parse).ToList();
        var gathered = await new Gather(Host, Facts).AllAsync(named, ct);
        if (gathered is not Gathered.Found found)
        {
            return (gathered, null);
        }
        var result = NodeConfigReader.Read(found.Documents, found.UserDataJoins);
        if (result is NodeConfigResult.Valid valid && Supported.Problems(valid.Merged, valid.Joins) is { Count: > 0 } unsupported)
        {
            result = new NodeConfigResult.Invalid(unsupported);
        }
        return (gathered, result);
    }

    /// <summary>The node's configuration with everything decided: from its sources, else what was accepted last.</summary>
    /// <returns>Null when there is none anywhere.</returns>
    /// <exception cref="FailureException">For whatever stands in the way; mistakes have been logged line by line.</exception>
    public async Task<Acceptance?> AcceptAsync(CancellationToken ct)
    {
        var earlier = Acceptance.Load(Host.Files);
        var (gathered, config) = await ReadConfigAsync(ct);
        switch (gathered)
        {
            case Gathered.Nothing nothing:
                foreach (var why in nothing.Why)
                {
                    Log.Debug("{Why:l}", "not used: " + why);
                }
                return earlier;
            case Gathered.Failed failed when earlier is not null && failed.Failure.IsTransient:
                Log.Attention($"{failed.Failure}; going on with the configuration accepted before");
                return earlier;
            case Gathered.Failed failed:
                throw new FailureException(failed.Failure);
            case Gathered.Wrong wrong:
                throw Invalid(wrong.Problems);
            case Gathered.Found found:
                Log.SourceChosen(found.Source, found.NotChosen);
                foreach (var warning in found.Warnings.Concat((config as NodeConfigResult.Valid)?.Warnings ?? []))
                {
                    Log.Attention(warning.ToString());
                }
                return config is NodeConfigResult.Valid valid
                    ? Acceptance.Decide(valid, found, Facts, Host.Files, earlier)
                    : throw Invalid(((NodeConfigResult.Invalid)config!).Problems);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
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
