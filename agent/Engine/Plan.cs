using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Engine;

/// <summary>What inspecting one resource of a step showed.</summary>
/// <param name="Step">The step's name.</param>
/// <param name="Resource">The resource.</param>
/// <param name="Finding">What was found.</param>
internal sealed record PlannedChange(string Step, Resource Resource, Finding Finding)
{
    /// <summary>The change in words; empty where nothing would be changed.</summary>
    public string What => (Finding as Finding.Differs)?.What ?? "";
}

/// <summary>What a run would do, found out by inspecting alone.</summary>
/// <param name="Findings">Every resource of every step, in order.</param>
internal sealed record Plan(IReadOnlyList<PlannedChange> Findings)
{
    /// <summary>The resources that would be changed, in order.</summary>
    public IEnumerable<PlannedChange> Changes => Findings.Where(change => change.Finding is Finding.Differs);

    /// <summary>What stands in the way.</summary>
    public IEnumerable<Failure> Refusals => Findings.Select(change => change.Finding).OfType<Finding.Refused>().Select(refused => refused.Failure);

    /// <summary>Inspects every resource of every step; touches nothing.</summary>
    public static async Task<Plan> MakeAsync(IReadOnlyList<DescribedStep> steps, Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (scrutiny == Scrutiny.Thorough)
        {
            // One after the other: hashing keeps every core busy by itself.
            var inspected = new List<PlannedChange>();
            foreach (var step in steps)
            {
                foreach (var resource in step.Resources)
                {
                    inspected.Add(new PlannedChange(step.Name, resource, await resource.InspectAsync(host, scrutiny, ct)));
                }
            }
            return new Plan(inspected);
        }
        // Side by side: most of the time goes into waiting for the programs that some inspections ask.
        var findings = steps.SelectMany(step => step.Resources.Select(async resource =>
            new PlannedChange(step.Name, resource, await Task.Run(() => resource.InspectAsync(host, scrutiny, ct), ct))));
        return new Plan(await Task.WhenAll(findings));
    }
}
