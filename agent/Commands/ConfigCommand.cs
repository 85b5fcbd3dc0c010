using Slipway.Config;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Commands;

/// <summary><c>slipway config check|show</c>: validate the merged configuration; print it, redacted, with the origin of every value.</summary>
internal static class ConfigCommand
{
    /// <summary>Validates; every mistake on a line of its own.</summary>
    public static async Task<ExitCode> CheckAsync(Session session, CancellationToken ct)
    {
        var (gathered, config) = await session.ReadConfigAsync(ct);
        if (Problems(gathered, config) is { } problems)
        {
            Print(session, problems, Warnings(gathered, config));
            return ExitCode.BadConfiguration;
        }
        var (found, valid) = ((Gathered.Found)gathered, (NodeConfigResult.Valid)config!);
        var warnings = Warnings(gathered, config);
        // Deciding finds what only the whole shows: a lock file that is not there, a version that nothing vouches for.
        // EKS itself says which version a hybrid node runs.
        var undecided = Session.IsLeftToOthers(found, valid) ? "the user data joins this node by its own commands, and nothing says which Kubernetes to prepare"
            : valid.Config is { Join.Eks: { } eks, Kubernetes: null or { Version: null } } ? $"EKS cluster {eks.Cluster?.Name}, which says the version"
            : null;
        var decided = undecided is null ? Acceptance.Decide(valid, found, session.Facts, session.Host.Files) : null;
        if (session.Options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(session.Out, json =>
            {
                json.WriteBoolean("valid", true);
                json.WriteString("source", found.Source);
                json.WriteString("configSha256", valid.Id);
                json.WriteString("nodeName", decided?.Intent.NodeName);
                json.WriteString("kubernetesVersion", decided?.Intent.Release.Kubernetes);
                json.WriteString("containerdVersion", decided?.Intent.Release.Containerd);
                json.WriteString("endpoint", valid.Config.Join?.Kubeadm?.Target()?.ApiServerEndpoint?.ToString());
                json.WriteBoolean("joins", valid.Joins);
                json.WriteBoolean("supported", valid.Unsupported.Count == 0);
                WriteProblems(json, "warnings", warnings, Severity.Warning);
            });
            return ExitCode.Done;
        }
        warnings.ForEach(warning => session.Out.WriteLine($"warning: {warning} [{warning.Code}]"));
        session.Out.WriteLine($"valid: {undecided ?? decided!.Summary}, from {found.Source}, sha256 {valid.Id}");
        return ExitCode.Done;
    }

    /// <summary>Prints the merged document; as text it is YAML.</summary>
    public static async Task<ExitCode> ShowAsync(Session session, CancellationToken ct)
    {
        var (gathered, config) = await session.ReadConfigAsync(ct);
        if (Problems(gathered, config) is { } problems)
        {
            Print(session, problems, Warnings(gathered, config));
            return ExitCode.BadConfiguration;
        }
        var valid = (NodeConfigResult.Valid)config!;
        Warnings(gathered, config).ForEach(warning => Console.Error.WriteLine($"warning: {warning} [{warning.Code}]"));
        var merged = valid.Merged;
        session.Out.Write(session.Options.Output == OutputFormat.Json ? ConfigPrinter.Json(merged) + "\n" : ConfigPrinter.Text(merged));
        return ExitCode.Done;
    }

    private static IReadOnlyList<Problem>? Problems(Gathered gathered, NodeConfigResult? config) => (gathered, config) switch
    {
        (Gathered.Failed failed, _) => throw new FailureException(failed.Failure),
        (Gathered.Nothing nothing, _) => throw new FailureException(new Failure("config.absent",
            $"no source has a configuration for this node ({string.Join("; ", nothing.Why)})")),
        (Gathered.Wrong wrong, _) => wrong.Problems,
        (_, NodeConfigResult.Invalid invalid) => invalid.Problems,
        _ => null,
    };

    /// <summary>What is worth knowing; also what <c>run</c> of this version would refuse, though the configuration itself is right.</summary>
    private static List<Problem> Warnings(Gathered gathered, NodeConfigResult? config) =>
        [.. (gathered as Gathered.Found)?.Warnings ?? [], .. config?.Warnings ?? [], .. config?.Unsupported ?? []];

    private static void Print(Session session, IReadOnlyList<Problem> problems, List<Problem> warnings)
    {
        if (session.Options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(session.Out, json =>
            {
                json.WriteBoolean("valid", false);
                WriteProblems(json, "problems", problems);
                WriteProblems(json, "warnings", warnings, Severity.Warning);
            });
            return;
        }
        warnings.ForEach(warning => Console.Error.WriteLine($"warning: {warning} [{warning.Code}]"));
        foreach (var problem in problems)
        {
            Console.Error.WriteLine($"{problem} [{problem.Code}]");
        }
        Console.Error.WriteLine(problems.Count == 1 ? "1 mistake." : $"{problems.Count} mistakes.");
    }

    /// <summary>Writes problems as a JSON array.</summary>
    internal static void WriteProblems(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<Problem> problems, Severity severity = Severity.Error)
    {
        json.WriteStartArray(name);
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteString("severity", severity == Severity.Error ? "error" : "warning");
            json.WriteString("code", problem.Code);
            json.WriteString("source", problem.At.Source);
            json.WriteString("file", problem.At.File);
            json.WriteNumber("line", problem.At.Line);
            json.WriteNumber("column", problem.At.Column);
            json.WriteString("path", problem.Path);
            json.WriteString("value", problem.Value);
            json.WriteString("message", problem.Message);
            json.WriteString("expected", problem.Expected);
            json.WriteString("nearest", problem.Nearest);
            json.WriteString("fix", ErrorCodes.Find(problem.Code)?.Fix);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
