using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Preflight;

/// <summary>What a containerd must be that others installed (<c>spec.runtime.source: none</c>). It is looked at, and never changed.</summary>
internal static class RuntimeChecks
{
    /// <summary>All of them. They pass where containerd is ours, or nobody has looked.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        new("runtime.missing", (_, facts) => facts.Containerd is { Program: null }
            ? new CheckResult.Fail("spec.runtime.source is none, and there is no containerd", "Install it, or set spec.runtime.source to release.")
            : new CheckResult.Pass()),

        new("runtime.unreadable", (_, facts) => facts.Containerd is { Trouble: { Length: > 0 } trouble }
            ? new CheckResult.Fail(trouble, "Mend it until containerd config dump prints its configuration.")
            : new CheckResult.Pass()),

        new("runtime.old", (intent, facts) => facts.Containerd is { Version.Length: > 0 } found && PackageVersion.Numbers(found.Version) is { } version
            ? version < ContainerdVersions.Oldest
                ? new CheckResult.Fail($"containerd is {found.Version}, and {ContainerdVersions.Oldest} is the oldest that will do",
                    "Upgrade it, or set spec.runtime.source to release.")
                : ContainerdVersions.Missed(intent.Release.Minor, version) is { } recommended
                    ? new CheckResult.Warn($"containerd is {found.Version}; for Kubernetes 1.{intent.Release.Minor} upstream recommends {recommended}")
                    : new CheckResult.Pass()
            : new CheckResult.Pass()),

        new("runtime.cri-disabled", (_, facts) => facts.Containerd?.DisabledPlugins.FirstOrDefault(IsCri) is { } plugin
            ? new CheckResult.Fail($"the configuration of containerd has {plugin} in disabled_plugins: the kubelet cannot talk to it",
                "Take it out of disabled_plugins in /etc/containerd/config.toml, then: systemctl restart containerd")
            : new CheckResult.Pass()),

        new("runtime.cgroup-driver", (_, facts) => facts.Containerd is { Program: not null, Trouble: "", SystemdCgroup: not true }
            ? new CheckResult.Warn("containerd does not take cgroups from systemd (SystemdCgroup = true of the runtime's options), and the kubelet does: "
                + "two managers of one hierarchy make nodes unstable under load")
            : new CheckResult.Pass()),

        new("runtime.unit-missing", (intent, facts) => facts.Containerd is not { Program: not null, Unit: var unit } ? new CheckResult.Pass()
            : unit.File is "" or "not-found" or "unknown" || unit.File.Contains("No such file", StringComparison.Ordinal)
                ? new CheckResult.Fail("there is no containerd.service, which the kubelet's unit starts after", "Install a unit file of that name.")
            : unit.File == "masked" ? new CheckResult.Fail("containerd.service is masked", "Run: systemctl unmask --now containerd")
            : intent.Joins && facts.SystemdRunning && unit.Active is not ("active" or "activating" or "reloading")
                ? new CheckResult.Fail($"containerd.service is {unit.Active}", "Run: systemctl enable --now containerd")
            : new CheckResult.Pass()),
    ];

    /// <summary>The same machine, with what is to be known of the containerd that others installed.</summary>
    public static async Task<Facts> LookAsync(Steps.Intent intent, Facts facts, Host host, CancellationToken ct) =>
        intent.RuntimeSource == RuntimeSource.None ? facts with { Containerd = await FoundContainerd.LookAsync(host, ct) } : facts;

    // The CRI plugin by the names of 1.7 and of 2.x, in which it is two.
    private static bool IsCri(string plugin) =>
        plugin is "cri" or "io.containerd.grpc.v1.cri" or "io.containerd.cri.v1.images" or "io.containerd.cri.v1.runtime" or "io.containerd.cri.v1";
}
