using System.Text.Json;
using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Preflight;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway plan</c>: the changes that <c>run</c> would make, in order; touches nothing.</summary>
internal static class PlanCommand
{
    /// <summary>Prints the plan.</summary>
    /// <param name="session">The node.</param>
    /// <param name="detailedExitCode">Whether changes mean exit 2.</param>
    /// <param name="ct">Ends the command early.</param>
    public static async Task<ExitCode> RunAsync(Session session, bool detailedExitCode, CancellationToken ct)
    {
        var accepted = await session.AcceptAsync(Acceptance.Load(session.Host.Files), ct) switch
        {
            Accepted.Is { Acceptance: var one } => one,
            Accepted.None none => throw new FailureException(new Failure("config.absent", none.Why)),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        var steps = Bootstrap.Describe(accepted.Intent, session.Facts);
        var plan = await Plan.MakeAsync(steps, session.Host, Scrutiny.Quick, ct);
        var checks = Checks.Findings(accepted.Intent, await RuntimeChecks.LookAsync(accepted.Intent, session.Facts, session.Host, ct), []);
        if (session.Options.Output == OutputFormat.Json)
        {
            WriteJson(session, accepted, plan, checks);
        }
        else
        {
            WriteText(session, accepted, plan, checks);
        }
        return Checks.Failure(checks) is not null || plan.Refusals.Any() ? ExitCode.Findings
            : detailedExitCode && plan.Changes.Any() ? ExitCode.Findings
            : ExitCode.Done;
    }

    private static void WriteText(Session session, Acceptance accepted, Plan plan, IReadOnlyList<CheckFinding> checks)
    {
        session.Out.WriteLine($"{accepted.Summary} (configuration from {accepted.Source})");
        foreach (var (check, result) in checks)
        {
            session.Out.WriteLine(result switch
            {
                CheckResult.Fail fail => $"  blocked  {check.Id}: {fail.Seen} Fix: {fail.Fix}",
                CheckResult.Warn warn => $"  warning  {check.Id}: {warn.Seen}",
                _ => "",
            });
        }
        foreach (var step in plan.Findings.GroupBy(change => change.Step))
        {
            var lines = step.Select(Line).OfType<string>().ToList();
            session.Out.WriteLine(lines.Count == 0 ? $"{step.Key}: nothing to do" : $"{step.Key}:");
            lines.ForEach(session.Out.WriteLine);
        }
        var changes = plan.Changes.Count();
        var joined = plan.Findings.Any(change => change is { Resource: ClusterMembership, Finding: Finding.AsWanted });
        session.Out.WriteLine(changes == 0 ? "Nothing would change."
            : joined ? $"{changes} changes, for run --repair alone: this node has joined, and run leaves it as it is. Nothing has been touched."
            : $"{changes} changes. Nothing has been touched.");

        static string? Line(PlannedChange change) => change.Finding switch
        {
            Finding.Differs differs => $"  would {differs.What}",
            Finding.Refused refused => $"  blocked  {refused.Failure}{(refused.Failure.Remedy.Length > 0 ? $" Fix: {refused.Failure.Remedy}" : "")}",
            _ => null,
        };
    }

    private static void WriteJson(Session session, Acceptance accepted, Plan plan, IReadOnlyList<CheckFinding> checks) =>
        JsonOutput.Write(session.Out, json =>
        {
            json.WriteString("nodeName", accepted.Intent.NodeName);
            json.WriteString("kubernetesVersion", accepted.Intent.Release.Kubernetes);
            json.WriteString("source", accepted.Source);
            json.WriteString("configSha256", accepted.Sha256);
            json.WriteStartArray("checks");
            foreach (var (check, result) in checks)
            {
                json.WriteStartObject();
                json.WriteString("id", check.Id);
                json.WriteString("result", result is CheckResult.Fail ? "fail" : "warn");
                json.WriteString("seen", (result as CheckResult.Warn)?.Seen ?? (result as CheckResult.Fail)?.Seen);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("resources");
            foreach (var change in plan.Findings)
            {
                json.WriteStartObject();
                json.WriteString("step", change.Step);
                json.WriteString("resource", change.Resource.Id);
                WriteFinding(json, change.Finding);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

    private static void WriteFinding(Utf8JsonWriter json, Finding finding)
    {
        switch (finding)
        {
            case Finding.Differs differs:
                json.WriteString("finding", "differs");
                json.WriteString("change", differs.What);
                break;
            case Finding.Refused refused:
                json.WriteString("finding", "refused");
                json.WriteString("code", refused.Failure.Code);
                json.WriteString("message", refused.Failure.What);
                break;
            case Finding.NotApplicable not:
                json.WriteString("finding", "notApplicable");
                json.WriteString("why", not.Why);
                break;
            default:
                json.WriteString("finding", "asWanted");
                break;
        }
    }
}
