using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>No swap in use now, zram included. Keeping it so at boot is the business of a masked <c>swap.target</c>.</summary>
internal sealed record SwapResource() : Resource("swap:off")
{
    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (!host.Files.IsRunningSystem)
        {
            return Task.FromResult<Finding>(new Finding.NotApplicable("no kernel runs below this root"));
        }
        var swaps = Facts.ActiveSwaps(host.Files);
        return Task.FromResult<Finding>(swaps.Count == 0
            ? new Finding.AsWanted()
            : new Finding.Differs($"turn swap off ({string.Join(", ", swaps)})", string.Join(' ', swaps)));
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        // Paging everything back in can take minutes on a loaded machine.
        var result = await host.Processes.RunAsync(new Command("swapoff", "--all") { Deadline = TimeSpan.FromMinutes(5) }, ct);
        if (!result.Succeeded)
        {
            throw new FailureException(new Failure("swap.in-use", $"swapoff --all: {result.Describe()}"));
        }
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (!host.Files.IsRunningSystem)
        {
            return "";
        }
        var on = Facts.ActiveSwaps(host.Files);
        var failed = new List<string>();
        foreach (var device in trace.Before.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(on))
        {
            // Each by its name: fstab knows nothing of zram. What is in the way, such as a device that is gone, does not matter to the node.
            var result = await host.Foreign.RunAsync(new Command("swapon", "--", device), ct);
            if (!result.Succeeded)
            {
                failed.Add($"{device} could not be turned on again ({result.Describe()})");
            }
        }
        return string.Join("; ", failed);
    }
}
