using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>A node that has joined is looked after, not rewritten: drift and health are told, nothing is changed.</summary>
/// <param name="session">The node.</param>
/// <param name="report">Where it is told.</param>
internal sealed class LookAfter(Session session, Report report)
{
    private static readonly TimeSpan HealthWithin = TimeSpan.FromMilliseconds(500);

    // A kubelet that starts with the machine needs this long before its silence means something.
    private static readonly TimeSpan StartingTime = TimeSpan.FromMinutes(2);
    private readonly Host host = session.Host;

    /// <summary>Looks, and tells.</summary>
    /// <param name="accepted">What the sources say now.</param>
    /// <param name="basis">What the node was accepted as.</param>
    /// <param name="trouble">Why the sources could not be read; null when they could.</param>
    /// <param name="steps">What <paramref name="basis"/> wants of the node.</param>
    /// <param name="member">What proves the membership; null where others made the node join.</param>
    /// <param name="history">What the ledger tells.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task<string> RunAsync(
        Acceptance accepted, Acceptance basis, Failure? trouble, IReadOnlyList<DescribedStep> steps, Membership.Member? member, JoinHistory history,
        CancellationToken ct)
    {
        var name = basis.Intent.NodeName;
        var looking = Plan.MakeAsync(steps, host, Scrutiny.Quick, ct);
        var health = member is null ? null : await Verification.ProblemAsync(host, member, name, HealthWithin, ct);
        var plan = await looking;
        var told = new List<string>();
        if (trouble is not null)
        {
            told.Add($"the configuration cannot be read now: {trouble}");
        }
        if (basis.Sha256 != accepted.Sha256)
        {
            told.Add($"the configuration of {accepted.Source} (sha256 {accepted.Sha256}) is not the accepted one ({basis.Sha256})");
        }
        told.AddRange(plan.Changes.Select(change => $"to do: {change.What}"));
        told.AddRange(plan.Refusals.Select(refusal => refusal.ToString()));
        foreach (var line in told)
        {
            host.Log.Drifted($"drift: {line}");
        }
        if (plan.Changes.Any())
        {
            host.Log.Drifted("nothing of this is changed on a node that has joined; to change it: slipway run --repair");
        }
        if (health is not null && session.Facts.Uptime < StartingTime)
        {
            host.Log.Information("{Text:l}", $"joined; the machine has just booted, its health is not judged yet ({health})");
        }
        else if (health is not null)
        {
            host.Log.Drifted($"joined, but not healthy now: {health}");
            told.Add(health.ToString());
        }
        report.Update(s => s with { Phase = member is null ? Phase.Prepared : Phase.Joined, Drift = told, LastError = null });
        if (history.IsVerified)
        {
            // A power cut right after the verification may have come before these.
            basis.Save(host.Files, scrub: true);
            Sentinel.Write(host.Files);
        }
        return $"node {name} is a member already: nothing changed";
    }
}
