using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>systemd, through <c>systemctl</c>: the one place that knows its verbs.</summary>
internal sealed class Services(Processes processes, FileTree files)
{
    private readonly UnitLinks links = new(files);

    /// <summary>Whether systemd runs this tree, so that units can be started; false in a chroot, a build or a mounted image.</summary>
    public bool IsRunning => files.IsRunningSystem && files.Exists("/run/systemd/system");

    /// <summary>Makes systemd read changed unit files.</summary>
    public Task ReloadAsync(CancellationToken ct) => DoAsync(ct, "daemon-reload");

    /// <summary>Starts a unit and waits until it is up.</summary>
    public Task StartAsync(string unit, CancellationToken ct) => DoAsync(ct, "start", unit);

    /// <summary>Restarts a unit and waits until it is up.</summary>
    public Task RestartAsync(string unit, CancellationToken ct) => DoAsync(ct, "restart", unit);

    /// <summary>Stops a unit and waits until it is down.</summary>
    public Task StopAsync(string unit, CancellationToken ct) => DoAsync(ct, "stop", unit);

    /// <summary>Makes a unit start at boot. Where systemd does not run, by links alone: an image needs no systemctl.</summary>
    public Task EnableAsync(string unit, CancellationToken ct)
    {
        if (IsRunning)
        {
            return DoAsync(ct, "enable", unit);
        }
        links.Enable(unit);
        return Task.CompletedTask;
    }

    /// <summary>Takes a unit out of the boot.</summary>
    public Task DisableAsync(string unit, CancellationToken ct)
    {
        if (IsRunning)
        {
            return DoAsync(ct, "disable", unit);
        }
        links.Disable(unit);
        return Task.CompletedTask;
    }

    /// <summary>Where a unit stands. Below another root it is never active.</summary>
    public async Task<UnitState> StateAsync(string unit, CancellationToken ct)
    {
        if (!IsRunning)
        {
            return new UnitState(links.State(unit), "inactive");
        }
        // One call for both: starting a process is most of what an idle run costs.
        var properties = (await AskAsync(ct, "show", "--property=UnitFileState,ActiveState", unit)).Split('\n')
            .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        return new UnitState(properties.GetValueOrDefault("UnitFileState", ""), properties.GetValueOrDefault("ActiveState", ""));
    }

    /// <summary>The last lines a unit logged, oldest first; empty where there is no journal.</summary>
    public async Task<IReadOnlyList<string>> LastLinesAsync(string unit, int lines, CancellationToken ct)
    {
        var result = await processes.RunAsync(
            new Command("journalctl", "--unit", unit, "--lines", $"{lines}", "--output", "cat", "--no-pager", "--quiet"), ct);
        return result is CommandResult.Ended { ExitCode: 0 } ended
            ? ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : [];
    }

    private async Task DoAsync(CancellationToken ct, params string[] arguments)
    {
        var command = Systemctl(arguments) with { Deadline = TimeSpan.FromMinutes(3) };
        var result = await processes.RunAsync(command, ct);
        if (!result.Succeeded)
        {
            var unit = arguments.Length > 1 ? arguments[1] : "";
            throw new FailureException(new Failure("unit.failed", $"{command}: {result.Describe()}",
                unit.Length > 0 ? $"Look at: systemctl status {unit}; journalctl -u {unit}" : ""));
        }
    }

    private async Task<string> AskAsync(CancellationToken ct, params string[] arguments) =>
        await processes.RunAsync(Systemctl(arguments), ct) is CommandResult.Ended ended ? ended.Output.Trim() : "unknown";

    private static Command Systemctl(string[] arguments) => new("systemctl", arguments);
}

/// <summary>Where a unit stands, in systemd's words.</summary>
/// <param name="File"><c>enabled</c>, <c>disabled</c>, <c>masked</c>, …; empty when there is no such unit.</param>
/// <param name="Active"><c>active</c>, <c>inactive</c>, <c>failed</c>, ….</param>
internal sealed record UnitState(string File, string Active);
