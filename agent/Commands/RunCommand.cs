using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Preflight;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway run</c>: find the configuration, check, converge, join, verify, report. Safe to run again at any time.</summary>
/// <param name="session">The node.</param>
/// <param name="report">Where progress is told.</param>
/// <param name="options">The command's own options.</param>
internal sealed class RunCommand(Session session, Report report, RunOptions options)
{
    private const string Sentinel = "/run/cluster-api/bootstrap-success.complete";
    private static readonly TimeSpan HealthWithin = TimeSpan.FromMilliseconds(500);
    private readonly Host host = session.Host;

    /// <summary>Runs to the end and tells how it ended.</summary>
    public async Task<ExitCode> RunAsync(CancellationToken ct)
    {
        var started = host.Clock.GetTimestamp();
        host.Log.Started(Build.Version, "run");
        try
        {
            var outcome = await RunLockedAsync(ct);
            host.Log.Succeeded(outcome, host.Clock.GetElapsedTime(started));
            report.Say(outcome);
            return ExitCode.Done;
        }
        catch (FailureException e)
        {
            return Failed(e.Failure);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return Failed(new Failure("run.interrupted", "stopped before it was done"));
        }
#pragma warning disable CA1031 // The last line of defence: whatever it is, the operator gets a code and the status file its reason.
        catch (Exception e)
        {
            host.Log.Debug(e, "the exception in full");
            return Failed(Failure.Bug(e));
        }
#pragma warning restore CA1031
    }

    private ExitCode Failed(Failure failure)
    {
        host.Log.Failed(failure);
        report.Say($"failed: {failure.Code}");
        // Whoever holds the lock owns the status file.
        if (failure.Code is not ("lock.held" or "run.not-root"))
        {
            try
            {
                report.Update(s => s with { Phase = Phase.Failed, LastError = new ErrorStatus(failure.Code, failure.What, failure.Remedy) });
            }
            catch (FailureException e)
            {
                host.Log.Attention($"{NodeStatus.FilePath} cannot be written: {e.Failure}");
            }
        }
        return failure.ExitCode;
    }

    private async Task<string> RunLockedAsync(CancellationToken ct)
    {
        if (host.Files.IsRunningSystem && !Processes.IsRoot)
        {
            throw new FailureException(new Failure("run.not-root", "slipway run changes the system and must be run as root"));
        }
        Checks.Validate(options.Skip);
        using var held = NodeLock.Take(host.Files, session.Facts.BootId, "run");
        report.Say("looking for the configuration");
        var accepted = await session.AcceptAsync(ct);
        if (accepted is null)
        {
            return options.IfConfigured ? Unconfigured() : throw new FailureException(new Failure("config.absent", "no source has a configuration for this node"));
        }
        using var total = new CancellationTokenSource(accepted.Intent.TotalTimeout, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(total.Token, ct);
        try
        {
            return await RunAcceptedAsync(accepted, either.Token);
        }
        catch (OperationCanceledException) when (total.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("run.out-of-time", $"not done within {accepted.Intent.TotalTimeout.TotalMinutes:0} min (spec.timeouts.total)"));
        }
    }

    private string Unconfigured()
    {
        report.Update(s => s with { Phase = Phase.Unconfigured });
        report.Ready();
        return "no source has a configuration for this node: nothing to do";
    }

    private async Task<string> RunAcceptedAsync(Acceptance accepted, CancellationToken ct)
    {
        var intent = accepted.Intent;
        report.Update(s => s with
        {
            Source = accepted.Source,
            ConfigSha256 = accepted.Sha256,
            NodeName = intent.NodeName,
            KubernetesVersion = intent.Release.Kubernetes,
        });
        var steps = Bootstrap.Describe(intent, session.Facts);
        var membership = steps.SelectMany(step => step.Resources).OfType<ClusterMembership>().FirstOrDefault();
        var history = Ledger.Read(host.Files);
        RefuseClone(history);
        if (membership?.Look(host) is Membership.Member member && !options.Repair && !IsHalfDone(history, membership))
        {
            return await LookAfterAsync(accepted, steps, membership, member, history, ct);
        }

        await AcceptAsync(accepted, steps, ct);
        using var ledger = Ledger.Open(host, session.Facts.BootId);
        report.Update(s => s with { Phase = Phase.Converging });
        var changed = await Converge.ApplyAsync(steps, host, ledger, report, options.Repair ? Scrutiny.Thorough : Scrutiny.Quick, ct);
        if (membership is null)
        {
            report.Update(s => s with { Phase = Phase.Prepared, LastError = null });
            report.Ready();
            return $"prepared: {changed} changed; the join is left to others";
        }
        await VerifyAsync(accepted, membership, ledger, history, ct);
        return $"node {membership.NodeName} is a verified member of its cluster: {changed} changed";
    }

    /// <summary>The checks, the saved configuration, and the word that lets the boot go on.</summary>
    private async Task AcceptAsync(Acceptance accepted, IReadOnlyList<DescribedStep> steps, CancellationToken ct)
    {
        var findings = Checks.Findings(accepted.Intent, session.Facts, options.Skip);
        foreach (var (check, result) in findings)
        {
            host.Log.Attention($"{check.Id}: {(result as CheckResult.Warn)?.Seen ?? ((CheckResult.Fail)result).Seen}");
        }
        foreach (var skipped in options.Skip)
        {
            host.Log.Attention($"check {skipped} skipped, as --skip asked");
        }
        var plan = await Plan.MakeAsync(steps, host, Scrutiny.Quick, ct);
        var refusals = plan.Refusals.ToList();
        foreach (var refusal in refusals)
        {
            host.Log.Mistake(refusal.Code, refusal.ToString());
        }
        if ((Checks.Failure(findings) ?? refusals.FirstOrDefault()) is { } failure)
        {
            throw new FailureException(failure);
        }
        accepted.Save(host.Files, scrub: false);
        host.Log.Accepted(accepted.Sha256, accepted.Summary);
        if (accepted.Intent.Joins)
        {
            report.Ready();
        }
    }

    private async Task VerifyAsync(
        Acceptance accepted, ClusterMembership membership, Ledger ledger, IReadOnlyList<LedgerEntry> history, CancellationToken ct)
    {
        if (history.All(entry => entry.Event != LedgerEvent.Joined))
        {
            ledger.Append(LedgerEvent.Joined, description: session.Facts.ProductUuid);
        }
        report.Update(s => s with { Phase = Phase.Verifying });
        report.Say("verifying the join");
        await Verification.WaitAsync(host, (Membership.Member)membership.Look(host), membership.NodeName, membership.Timeout, ct);
        ledger.Append(LedgerEvent.Verified, description: membership.NodeName);
        host.Log.Verified(membership.NodeName);
        accepted.Save(host.Files, scrub: true);
        report.Update(s => s with { Phase = Phase.Joined, LastError = null });
        WriteSentinel();
    }

    /// <summary>A node that has joined is looked after, not rewritten: drift and health are told, nothing is changed.</summary>
    private async Task<string> LookAfterAsync(
        Acceptance accepted, IReadOnlyList<DescribedStep> steps, ClusterMembership membership, Membership.Member member,
        IReadOnlyList<LedgerEntry> history, CancellationToken ct)
    {
        // READY first: the boot does not wait for a look.
        report.Ready();
        var saved = Acceptance.Load(host.Files);
        if (saved is not null && saved.Sha256 != accepted.Sha256)
        {
            steps = Bootstrap.Describe(saved.Intent, session.Facts);
        }
        var looking = Plan.MakeAsync(steps, host, Scrutiny.Quick, ct);
        var health = await Verification.ProblemAsync(host, member, membership.NodeName, HealthWithin, ct);
        var plan = await looking;
        List<string> drift =
        [
            .. saved is not null && saved.Sha256 != accepted.Sha256
                ? [$"the configuration of {accepted.Source} (sha256 {accepted.Sha256}) is not the accepted one ({saved.Sha256})"]
                : (string[])[],
            .. plan.Changes.Select(change => change.What),
            .. plan.Refusals.Select(refusal => refusal.ToString()),
        ];
        foreach (var line in drift)
        {
            host.Log.Drifted($"drift: {line}; slipway run --repair would mend it");
        }
        if (health is not null)
        {
            host.Log.Drifted($"joined, but not healthy now: {health}");
        }
        report.Update(s => s with { Phase = Phase.Joined, Drift = [.. drift, .. health is null ? (string[])[] : [health.ToString()]], LastError = null });
        if (IsVerified(history))
        {
            WriteSentinel();
        }
        return $"node {membership.NodeName} is a member already: nothing changed";
    }

    private static bool IsVerified(IReadOnlyList<LedgerEntry> history) => history.Any(entry => entry.Event == LedgerEvent.Verified);

    /// <summary>Whether we began this join and were cut off before it was verified. A node that others joined is not ours to finish.</summary>
    private static bool IsHalfDone(IReadOnlyList<LedgerEntry> history, ClusterMembership membership) =>
        !IsVerified(history) && history.Any(entry => entry.Resource == membership.Id);

    private void RefuseClone(IReadOnlyList<LedgerEntry> history)
    {
        var joinedOn = history.LastOrDefault(entry => entry.Event == LedgerEvent.Joined)?.What;
        if (joinedOn is { Length: > 0 } && session.Facts.ProductUuid is { Length: > 0 } here && here != joinedOn
            && host.Files.Status(Membership.KubeletConf) is not null)
        {
            throw new FailureException(new Failure("node.clone-of-joined",
                $"this disk joined a cluster on machine {joinedOn}; this machine is {here}"));
        }
    }

    private void WriteSentinel()
    {
        if (host.Files.Status(Sentinel) is null)
        {
            host.Files.Write(Sentinel, "success\n", Modes.Mode644);
        }
    }
}

/// <summary>The options of <c>slipway run</c>.</summary>
/// <param name="IfConfigured">End well, with one line, where no source has any configuration.</param>
/// <param name="Repair">Change a joined node back to what its configuration says.</param>
/// <param name="Skip">Ids of preconditions to pass over.</param>
internal sealed record RunOptions(bool IfConfigured, bool Repair, IReadOnlyList<string> Skip);
