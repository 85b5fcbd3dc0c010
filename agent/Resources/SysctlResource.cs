using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>A kernel parameter's value now. Setting it at boot is the business of a file in <c>sysctl.d</c>.</summary>
/// <param name="Key">The dotted name, such as <c>net.ipv4.ip_forward</c>.</param>
/// <param name="Value">The value as <c>/proc/sys</c> shows it.</param>
internal sealed record SysctlResource(string Key, string Value) : Resource($"sysctl:{Key}")
{
    // In names with dots of their own, such as net/ipv4/conf/eth0.100/…, sysctl(8) swaps the two; we do as it does.
    private string Path => "/proc/sys/" + (Key.Contains('/', StringComparison.Ordinal) ? Key : Key.Replace('.', '/'));

    /// <inheritdoc/>
    public override string Expected => Normal(Value);

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (!host.Files.IsRunningSystem)
        {
            return Task.FromResult<Finding>(new Finding.NotApplicable("no kernel runs below this root"));
        }
        var seen = Normal(host.Files.ReadText(Path) ?? "");
        return Task.FromResult<Finding>(seen == Normal(Value) ? new Finding.AsWanted() : new Finding.Differs($"set {Key} = {Value}", seen));
    }

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        host.Files.WriteKernelFile(Path, Value);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (trace.Before.Length == 0 || !host.Files.IsRunningSystem || host.Files.ReadText(Path) is not { } text || Normal(text) is var now && now == trace.Before)
        {
            return Task.FromResult("");
        }
        if (trace.Afters.Count > 0 && !trace.Afters.Contains(now))
        {
            return Task.FromResult($"is {now} since");
        }
        host.Files.WriteKernelFile(Path, trace.Before);
        return Task.FromResult("");
    }

    private static string Normal(string value) => string.Join(' ', value.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
