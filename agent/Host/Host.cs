using Serilog;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>The outside world as one explicit value. Whoever touches the machine has been handed this.</summary>
internal sealed class Host
{
    private ForeignPrograms? foreign;

    /// <summary>The node's files.</summary>
    public required FileTree Files { get; init; }

    /// <summary>Other programs.</summary>
    public required Processes Processes { get; init; }

    /// <summary>Programs that others wrote and that change the node.</summary>
    public ForeignPrograms Foreign => foreign ??= new ForeignPrograms(Processes, Files, Services);

    /// <summary>systemd's units.</summary>
    public required Services Services { get; init; }

    /// <summary>What the operator says of how others are reached.</summary>
    public Reach Reach { get; init; } = new();

    /// <summary>HTTP and HTTPS.</summary>
    public required Http Http { get; init; }

    /// <summary>Time, and with it every deadline.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Where the operator reads along.</summary>
    public required ILogger Log { get; init; }

    /// <summary>Where running downloads are shown; null where nobody looks.</summary>
    public ProgressBars? Progress { get; init; }

    /// <summary>The way to a VMware hypervisor; null below another root, whose machine does not run.</summary>
    public Vsock? Vsock { get; init; }

    /// <summary>What the environment says of AWS.</summary>
    public AwsEnvironment Aws { get; init; } = AwsEnvironment.OfProcess();

    /// <summary>The host below a root directory.</summary>
    /// <param name="root"><c>/</c> for the running system.</param>
    /// <param name="log">Where the operator reads along.</param>
    /// <param name="reach">How others are reached; null for as the environment says.</param>
    /// <param name="progress">Where running downloads are shown; null where nobody looks.</param>
    public static Host Open(string root, ILogger log, Reach? reach = null, ProgressBars? progress = null)
    {
        var clock = TimeProvider.System;
        var files = new FileTree(root);
        var processes = new Processes(clock);
        return new Host
        {
            Reach = reach ?? new Reach(),
            Files = files,
            Processes = processes,
            Services = new Services(processes, files),
            Http = new Http(reach),
            Clock = clock,
            Log = log,
            Progress = progress,
            Vsock = files.IsRunningSystem ? new Vsock(reach?.GuestinfoContextId ?? 0) : null,
        };
    }

    /// <summary>The same host, with others reached in another way.</summary>
    public Host Reaching(Reach other) => Open(Files.Root, Log, other, Progress);
}
