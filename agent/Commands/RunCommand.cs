using Slipway.Artifacts;
using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Preflight;
using Slipway.Reporting;
using Slipway.Sources;
using Slipway.Steps;

namespace Slipway.Commands;

/// <summary><c>slipway run</c>: find the configuration, check, converge, join, verify, report. Safe to run again at any time.</summary>
/// <param name="session">The node.</param>
/// <param name="report">Where progress is told.</param>
/// <param name="options">The command's own options.</param>
internal sealed class RunCommand(Session session, Report report, RunOptions options)
{
    private Host host = session.Host;

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
        if (failure.Code is not ("lock.held" or "run.not-root") && failure.ExitCode != ExitCode.Usage)
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
        var history = new JoinHistory(Ledger.Read(host.Files));
        RefuseClone(history);
        report.Say("looking for the configuration");
        var saved = Acceptance.Load(host.Files);
        var settled = saved is not null && !options.Repair && IsSettled(saved, history) ? saved : null;
        Failure? trouble = null;
        Acceptance accepted;
        try
        {
            // A node that has joined needs nothing of its source, one that was accepted before not much: they do not wait for it.
            var wait = settled is not null ? TimeSpan.Zero : saved is not null ? TimeSpan.FromSeconds(Math.Min(session.Settings.Wait.TotalSeconds, 15)) : session.Settings.Wait;
            switch (await session.AcceptAsync(saved, ct, wait))
            {
                case Accepted.Is { Acceptance: var one }:
                    accepted = one;
                    break;
                case Accepted.None when settled is not null:
                    accepted = settled;
                    break;
                case Accepted.None none:
                    if (none.LeavesAnothers)
                    {
                        // The original's secrets are not the clone's to keep.
                        host.Files.Delete(Acceptance.FilePath);
                    }
                    return options.IfConfigured ? Unconfigured(none.Why) : throw new FailureException(new Failure("config.absent", none.Why));
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        catch (FailureException e) when (settled is not null)
        {
            (accepted, trouble) = (settled, e.Failure);
        }
        report.TellHypervisor(accepted.Intent.Config.Report?.Guestinfo ?? true);
        using var total = new CancellationTokenSource(accepted.Intent.TotalTimeout, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(total.Token, ct);
        try
        {
            return await RunAcceptedAsync(accepted, settled ?? accepted, trouble, history, either.Token);
        }
        catch (OperationCanceledException) when (total.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("run.out-of-time", $"not done within {accepted.Intent.TotalTimeout.TotalMinutes:0} min (spec.timeouts.total)"));
        }
    }

    private string Unconfigured(string why)
    {
        report.Update(s => s with { Phase = Phase.Unconfigured });
        report.Ready();
        return $"nothing to do: {why}";
    }

    /// <param name="accepted">What the sources say now.</param>
    /// <param name="basis">What counts: on a node that has joined, what it was accepted as.</param>
    /// <param name="trouble">Why the sources could not be read, on a node that has joined.</param>
    /// <param name="history">What the ledger tells.</param>
    /// <param name="ct">Ends the run.</param>
    private async Task<string> RunAcceptedAsync(Acceptance accepted, Acceptance basis, Failure? trouble, JoinHistory history, CancellationToken ct)
    {
        var intent = basis.Intent;
        host = session.Trust(intent);
        report.Update(s => s with
        {
            Source = basis.Source,
            ConfigSha256 = basis.Sha256,
            NodeName = intent.NodeName,
            KubernetesVersion = intent.Release.Kubernetes,
        });
        var steps = Bootstrap.Describe(intent, session.Facts);
        var membership = ClusterMembership.In(steps);
        if (intent.Joins && membership is null)
        {
            throw new FailureException(new Failure("config.unsupported", "the configuration asks for a join that this version does not do"));
        }
        var member = membership?.Look(host) as Membership.Member;
        if (!options.Repair && ((member is not null && !history.IsHalfDone) || (membership is null && IsJoinedByOthers(basis, history))))
        {
            // READY first: the boot does not wait for a look.
            report.Ready();
            await RedactAsync(basis, ct);
            return await new LookAfter(session, report).RunAsync(accepted, basis, trouble, steps, member, history, ct);
        }

        await AcceptAsync(accepted, steps, isMember: member is not null, ct);
        using var ledger = Ledger.Open(host, session.Facts.BootId);
        report.Update(s => s with { Phase = Phase.Converging });
        if (membership is null)
        {
            var prepared = await PrepareAsync(intent, steps, ledger, ct);
            ArtifactCache.Clear(host);
            report.Update(s => s with { Phase = Phase.Prepared, LastError = null });
            report.Ready();
            return $"prepared: {prepared} changed; the join is left to others";
        }
        var changed = await Converge.ApplyAsync(steps, host, ledger, report, HowClosely, ct);
        ArtifactCache.Clear(host);
        await VerifyAsync(accepted, membership, ledger, history, ct);
        return $"node {membership.NodeName} is a verified member of its cluster: {changed} changed";
    }

    /// <summary>Whether this node has joined as what was accepted then: what a source says differently later is drift, not a decision.</summary>
    private bool IsSettled(Acceptance saved, JoinHistory history) => IsJoinedByOthers(saved, history)
        || (history.IsVerified && ClusterMembership.In(Bootstrap.Describe(saved.Intent, session.Facts))?.Look(host) is Membership.Member);

    private Scrutiny HowClosely => options.Repair ? Scrutiny.Thorough : Scrutiny.Quick;

    /// <summary>Whether a node that we only prepared has been joined since: by the user data's own commands, or by hand.</summary>
    private bool IsJoinedByOthers(Acceptance acceptance, JoinHistory history) =>
        !acceptance.Intent.Joins && history.IsPrepared && host.Files.Exists(Membership.KubeletConf);

    /// <summary>Prepares for a join that others make. At boot they wait for READY, so what may pass is tried again in here, not by a restart.</summary>
    private Task<int> PrepareAsync(Intent intent, IReadOnlyList<DescribedStep> steps, Ledger ledger, CancellationToken ct) =>
        session.Facts.SystemdRunning
            ? new Retry(intent.TotalTimeout).RunAsync("prepare the node", host.Clock, host.Log,
                (_, token) => Converge.ApplyAsync(steps, host, ledger, report, HowClosely, token), ct)
            : Converge.ApplyAsync(steps, host, ledger, report, HowClosely, ct);

    /// <summary>The checks, the saved configuration, and the word that lets the boot go on.</summary>
    private async Task AcceptAsync(Acceptance accepted, IReadOnlyList<DescribedStep> steps, bool isMember, CancellationToken ct)
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
        var plan = await Plan.MakeAsync(steps, host, HowClosely, ct);
        var refusals = plan.Refusals.ToList();
        foreach (var refusal in refusals)
        {
            host.Log.Mistake(refusal.Code, refusal.ToString());
        }
        if ((Checks.Failure(findings) ?? refusals.FirstOrDefault()) is { } failure)
        {
            throw new FailureException(failure);
        }
        // A member needs its token no more.
        accepted.Save(host.Files, scrub: isMember);
        await RedactAsync(accepted, ct);
        host.Log.Accepted(accepted.Sha256, accepted.Summary);
        if (accepted.Intent.Joins)
        {
            report.Ready();
        }
    }

    private async Task VerifyAsync(
        Acceptance accepted, ClusterMembership membership, Ledger ledger, JoinHistory history, CancellationToken ct)
    {
        membership.Settle(host);
        if (history.JoinedOn != session.Facts.ProductUuid)
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
        Sentinel.Write(host.Files);
    }

    /// <summary>Takes the user data out of guestinfo, now that it is safely saved: on every boot until it has worked.</summary>
    private async Task RedactAsync(Acceptance saved, CancellationToken ct)
    {
        if (saved is { Intent.Config.Report.Redact: true, Chosen: GuestInfoSource.SourceName, Fingerprint: { } fingerprint }
            && await GuestInfoSource.RedactAsync(host, fingerprint, ct) is { } why)
        {
            host.Log.Attention($"the user data stays readable in guestinfo: {why}");
        }
    }

    private void RefuseClone(JoinHistory history)
    {
        if (history.JoinedOn is { Length: > 0 } joinedOn && session.Facts.ProductUuid is { Length: > 0 } here && here != joinedOn
            && host.Files.Status(Membership.KubeletConf) is not null)
        {
            throw new FailureException(new Failure("node.clone-of-joined",
                $"this disk joined a cluster on machine {joinedOn}; this machine is {here}"));
        }
    }
}

/// <summary>The options of <c>slipway run</c>.</summary>
/// <param name="IfConfigured">End well, with one line, where no source has any configuration.</param>
/// <param name="Repair">Change a joined node back to what its configuration says.</param>
/// <param name="Skip">Ids of preconditions to pass over.</param>
internal sealed record RunOptions(bool IfConfigured, bool Repair, IReadOnlyList<string> Skip);
