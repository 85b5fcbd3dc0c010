using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A kernel module that is loaded now. Loading at boot is the business of a file in <c>modules-load.d</c>.</summary>
/// <param name="Name">The module's name, such as <c>br_netfilter</c>.</param>
internal sealed record ModuleResource(string Name) : Resource($"module:{Name}")
{
    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (!host.Files.IsRunningSystem)
        {
            return Task.FromResult<Finding>(new Finding.NotApplicable("no kernel runs below this root"));
        }
        var kernelName = Name.Replace('-', '_');
        var loaded = host.Files.Exists($"/sys/module/{kernelName}") || IsBuiltIn(host, kernelName);
        return Task.FromResult<Finding>(loaded ? new Finding.AsWanted() : new Finding.Differs($"load the kernel module {Name}"));
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var result = await host.Foreign.RunAsync(new Command("modprobe", "--", Name), ct);
        if (!result.Succeeded)
        {
            throw new FailureException(new Failure("kernel.module-missing", $"modprobe {Name}: {result.Describe()}"));
        }
    }

    /// <inheritdoc/>
    /// <remarks>A module in use cannot be unloaded and one that is not does no harm: without its file it is gone after the next boot.</remarks>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Task.FromResult("");

    private static bool IsBuiltIn(Host host, string name)
    {
        var release = host.Files.ReadText("/proc/sys/kernel/osrelease")?.Trim();
        return (host.Files.ReadText($"/lib/modules/{release}/modules.builtin") ?? "").Split('\n')
            .Any(line => Path.GetFileNameWithoutExtension(line).Replace('-', '_') == name);
    }
}
