using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Steps;

namespace Slipway.Preflight;

/// <summary>The preconditions, in the order in which they are reported.</summary>
internal static class Checks
{
    /// <summary>Room for one set of Kubernetes and containerd beside the download of another (measured: 0.6 GiB unpacked).</summary>
    private const long NeededBytes = 1L << 30;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        new("os.architecture", (_, facts) => facts.Architecture is "amd64" or "arm64"
            ? new CheckResult.Pass()
            : new CheckResult.Fail($"this machine is {facts.Architecture}; there are binaries for amd64 and arm64", "Use a machine of one of these.")),

        new("os.systemd", (intent, facts) => facts.SystemdRunning || !intent.Joins
            ? new CheckResult.Pass()
            : new CheckResult.Fail("systemd does not run here, so no kubelet can be started", "Run it on a booted machine, or set spec.join.mode: prepare.")),

        new("disk.space", (intent, facts) => facts.FreeBytes >= NeededBytes || !(intent.InstallsRuntime || intent.InstallsKubernetes)
            ? new CheckResult.Pass()
            : new CheckResult.Fail($"{facts.FreeBytes >> 20} MiB are free where /opt lies; {NeededBytes >> 20} MiB are needed", "Make room, or mount a larger disk at /opt.")),

        new("cgroup.v1", (intent, facts) => (facts.CgroupV1, VersionTable.Row(intent.Release.Minor)?.RefusesCgroupV1) switch
        {
            (false, _) => new CheckResult.Pass(),
            (true, true) => new CheckResult.Fail(
                $"this machine runs cgroup v1, which the kubelet {intent.Release.Kubernetes} refuses (failCgroupV1, since 1.35)",
                "Boot with systemd.unified_cgroup_hierarchy=1, or use Kubernetes 1.34."),
            _ => new CheckResult.Warn("this machine runs cgroup v1, which Kubernetes 1.35 no longer supports"),
        }),

        new("kernel.version", Combinations.Kernel),
        new("runtime.version", Combinations.Containerd),
        new("runtime.glibc", Combinations.Glibc),
        new("runtime.config-version", Combinations.ContainerdConfig),

        new("swap.on", (intent, facts) => intent.Config.System?.Swap == SwapPolicy.Refuse && facts.Swaps.Count > 0
            ? new CheckResult.Fail($"swap is on ({string.Join(", ", facts.Swaps)}) and spec.system.swap is refuse", "Turn it off, or set spec.system.swap: disable.")
            : new CheckResult.Pass()),
    ];

    /// <summary>Refuses ids that name no check: a typing error must not look like a skipped check.</summary>
    /// <exception cref="FailureException"><c>usage.unknown-check</c>.</exception>
    public static void Validate(IEnumerable<string> ids)
    {
        if (ids.FirstOrDefault(id => All.All(check => check.Id != id)) is { } unknown)
        {
            throw new FailureException(new Reporting.Failure("usage.unknown-check", $"--skip {unknown}: no such check",
                $"Use one of: {string.Join(", ", All.Select(check => check.Id))}"));
        }
    }

    /// <summary>Runs all checks but the skipped; returns every warning and every failure, not just the first.</summary>
    public static IReadOnlyList<CheckFinding> Findings(Intent intent, Facts facts, IReadOnlyCollection<string> skipped) =>
        [.. All.Where(check => !skipped.Contains(check.Id)).Select(check => new CheckFinding(check, check.Look(intent, facts)))
            .Where(finding => finding.Result is not CheckResult.Pass)];

    /// <summary>The failure that stands for all failed checks together; null when none failed.</summary>
    public static Reporting.Failure? Failure(IReadOnlyList<CheckFinding> findings)
    {
        var failed = findings.Where(finding => finding.Result is CheckResult.Fail).ToList();
        return failed.Count == 0
            ? null
            : new Reporting.Failure(failed[0].Check.Id,
                string.Join("; ", failed.Select(finding => $"{finding.Check.Id}: {((CheckResult.Fail)finding.Result).Seen}")),
                string.Join(' ', failed.Select(finding => ((CheckResult.Fail)finding.Result).Fix)));
    }
}
