using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>The kernel modules and parameters that pods' networking needs, now and at every boot.</summary>
internal sealed class KernelStep : IStep<Intent>
{
    private static readonly string[] Modules = ["overlay", "br_netfilter"];

    // kubernetes.io, "Container Runtimes", and what kube-proxy and the bridge plugin need.
    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["net.bridge.bridge-nf-call-iptables"] = "1",
        ["net.bridge.bridge-nf-call-ip6tables"] = "1",
        ["net.ipv4.ip_forward"] = "1",
    };

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts)
    {
        var modules = Modules.Union(intent.Config.System?.Modules ?? []).ToList();
        var parameters = new Dictionary<string, string>(Parameters, StringComparer.Ordinal);
        foreach (var (key, value) in intent.Config.System?.Sysctl ?? new Dictionary<string, string>())
        {
            parameters[key] = value;
        }
        return
        [
            new FileResource("/etc/modules-load.d/slipway.conf", Lines(modules)),
            .. modules.Select(module => new ModuleResource(module)),
            // 99 and its name put it after the distributions' own files; the values are inspected as the kernel has them.
            new FileResource("/etc/sysctl.d/99-slipway.conf", Lines(parameters.Keys.Select(key => $"{key} = {parameters[key]}"))),
            .. parameters.Keys.Select(key => new SysctlResource(key, parameters[key])),
        ];
    }

    private static string Lines(IEnumerable<string> lines) => "# Written by slipway.\n" + string.Concat(lines.Select(line => line + "\n"));
}
