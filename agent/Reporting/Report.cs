using Serilog;

namespace Slipway.Reporting;

/// <summary>Tells journal, systemd and <c>status.json</c> the same story.</summary>
/// <param name="log">The journal.</param>
/// <param name="clock">Time.</param>
/// <param name="notify">Sends systemd an sd_notify message; does nothing outside a service.</param>
/// <param name="write">Puts the status file in place.</param>
/// <param name="status">What is known at the start.</param>
/// <param name="hypervisor">Tells the hypervisor; null where there is nobody to tell.</param>
internal sealed class Report(
    ILogger log, TimeProvider clock, Action<string> notify, Action<byte[]> write, NodeStatus status, GuestInfoStatus? hypervisor = null)
{
    /// <summary>The status as last written.</summary>
    public NodeStatus Status { get; private set; } = status;

    /// <summary>Changes the status and writes it.</summary>
    public void Update(Func<NodeStatus, NodeStatus> change)
    {
        Status = change(Status) with { Updated = clock.GetUtcNow() };
        hypervisor?.Tell(Status);
        write(Status.ToJson());
    }

    /// <summary>Whether the hypervisor is told as well (spec.report.guestinfo).</summary>
    public void TellHypervisor(bool allowed) => hypervisor?.Decide(allowed);

    /// <summary>One line for <c>systemctl status</c>.</summary>
    public void Say(string line) => notify($"STATUS={line}");

    /// <summary>Lets the boot go on (spec: READY=1).</summary>
    public void Ready() => notify("READY=1");

    /// <summary>A step begins.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="number">Its place, from 1.</param>
    /// <param name="total">How many there are.</param>
    /// <returns>Call it with the number of changed resources when the step has ended well.</returns>
    public Action<int> BeginStep(string name, int number, int total)
    {
        var numbered = $"{number}/{total} {name}";
        var started = clock.GetTimestamp();
        log.StepBegun(name, numbered);
        Say(numbered);
        Update(s => s with { Step = numbered });
        return changed =>
        {
            var took = clock.GetElapsedTime(started);
            log.StepDone(name, numbered, took, changed);
            Update(s => s with { Step = "", StepsDone = [.. s.StepsDone, new StepStatus(name, changed, Math.Round(took.TotalSeconds, 3))] });
        };
    }
}
