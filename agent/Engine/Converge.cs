using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Engine;

/// <summary>Makes a node as its steps describe it: inspect, announce, apply, inspect again, record.</summary>
internal static class Converge
{
    /// <summary>Downloads that may run beside each other: enough to fill a link, few enough for a small machine.</summary>
    private const int ParallelPreparations = 4;

    /// <summary>Applies what differs, step by step. Refuses before the first change when something stands in the way.</summary>
    /// <param name="steps">The steps in order.</param>
    /// <param name="host">The outside world.</param>
    /// <param name="ledger">Where each change is announced and recorded.</param>
    /// <param name="report">Told of each step.</param>
    /// <param name="scrutiny">How closely to look.</param>
    /// <param name="ct">Ends the work between or within changes; the next run goes on from there.</param>
    /// <returns>How many resources were changed.</returns>
    public static async Task<int> ApplyAsync(
        IReadOnlyList<DescribedStep> steps, Host host, Ledger ledger, Report report, Scrutiny scrutiny, CancellationToken ct)
    {
        var plan = await Plan.MakeAsync(steps, host, scrutiny, ct);
        if (plan.Refusals.FirstOrDefault() is { } refusal)
        {
            throw new FailureException(refusal);
        }
        RecordFolders(plan.Changes.Select(change => change.Resource), host, ledger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var preparing = Prepare(plan, host, stop.Token);
        var changed = 0;
        var applied = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            // What cannot be had, or is not what it should be, is found out before the first change.
            report.Say("loading what is missing");
            await foreach (var prepared in Task.WhenEach(preparing.Values))
            {
                await prepared;
            }
            for (var number = 1; number <= steps.Count; number++)
            {
                var step = steps[number - 1];
                var done = report.BeginStep(step.Name, number, steps.Count);
                var before = changed;
                foreach (var resource in step.Resources)
                {
                    changed += await ApplyAsync(step.Name, resource, preparing, host, ledger, scrutiny, ct) ? 1 : 0;
                    applied.Add(resource.Id);
                }
                done(changed - before);
            }
        }
        finally
        {
            await stop.CancelAsync();
            // What ran ahead must not outlive us: it writes beside final paths.
            await Task.WhenAll(preparing.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            foreach (var change in plan.Changes.Where(change => !applied.Contains(change.Resource.Id)))
            {
                Discard(change.Resource, host);
            }
        }
        return changed;
    }

    /// <summary>Records the folders that changes will make. On the disk before the first of them is there: preparing makes some.</summary>
    public static void RecordFolders(IEnumerable<Resource> resources, Host host, Ledger ledger)
    {
        var missing = new List<string>();
        foreach (var folder in resources.SelectMany(resource => resource.Folders))
        {
            for (var path = folder; path is { Length: > 1 } && !missing.Contains(path) && !host.Files.IsDirectory(path); path = Path.GetDirectoryName(path))
            {
                missing.Add(path);
            }
        }
        if (missing.Count > 0)
        {
            ledger.Append(LedgerEvent.Preparing, folders: missing);
        }
    }

    private static async Task<bool> ApplyAsync(
        string step, Resource resource, Dictionary<string, Task> preparing, Host host, Ledger ledger, Scrutiny scrutiny, CancellationToken ct)
    {
        // Inspected anew: an earlier step may have changed what the plan saw.
        switch (await resource.InspectAsync(host, scrutiny, ct))
        {
            case Finding.Refused refused:
                throw new FailureException(refused.Failure);
            case Finding.Differs differs:
                await (preparing.TryGetValue(resource.Id, out var prepared) ? prepared : resource.PrepareAsync(host, ct));
                ledger.Append(LedgerEvent.Intent, step, resource.Id, differs.What, resource.Before(host, differs), resource.Expected);
                host.Log.ChangeMade(differs.What);
                await resource.ApplyAsync(host, ct);
                switch (await resource.InspectAsync(host, scrutiny, ct))
                {
                    case Finding.Refused refused:
                        throw new FailureException(refused.Failure);
                    case Finding.Differs still:
                        throw new FailureException(new Failure("engine.not-converged",
                            $"after the change to {resource.Id} there is still to do: {still.What}"));
                    default:
                        RecordDone(step, resource, resource.After(host), ledger);
                        return true;
                }
            default:
                // Cut off between the change and its record: what the intent did not say in advance, nobody would know.
                if (resource.Expected.Length == 0 && resource.After(host) is { Length: > 0 } stands
                    && Ledger.Read(host.Files).LastOrDefault(entry => entry.Resource == resource.Id)?.Event == LedgerEvent.Intent)
                {
                    RecordDone(step, resource, stands, ledger);
                }
                return false;
        }
    }

    private static void RecordDone(string step, Resource resource, string after, Ledger ledger)
    {
        ledger.Append(LedgerEvent.Done, step, resource.Id, after: after);
        if (resource.Expected.Length == 0 && after.Length > 0)
        {
            ledger.Flush();
        }
    }

    private static void Discard(Resource resource, Host host)
    {
        try
        {
            resource.Discard(host);
        }
        catch (FailureException e)
        {
            // Why the run ends is told by whoever ended it.
            host.Log.Attention($"what was prepared for {resource.Id} could not be removed: {e.Failure}");
        }
    }

    private static Dictionary<string, Task> Prepare(Plan plan, Host host, CancellationToken ct)
    {
        var places = new SemaphoreSlim(ParallelPreparations);
        return plan.Changes.ToDictionary(change => change.Resource.Id, change => Run(change.Resource));

        async Task Run(Resource resource)
        {
            await places.WaitAsync(ct);
            try
            {
                await resource.PrepareAsync(host, ct);
            }
            finally
            {
                places.Release();
            }
        }
    }
}
