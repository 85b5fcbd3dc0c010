using System.Globalization;
using System.Text;

namespace Slipway.Hosting;

/// <summary>
/// Programs that others wrote and that change the node: package managers, kubeadm, modprobe. Where systemd runs, each gets a transient unit of
/// its own, so that the agent's confinement is not theirs; below another root they run inside it, by chroot; else directly.
/// </summary>
internal sealed class ForeignPrograms(Processes processes, FileTree files, Services services, TimeProvider clock)
{
    private const string Folder = "/run/slipway";
    private const string UnitPrefix = "slipway-run-";

    // What systemd gives a unit between SIGTERM and SIGKILL.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // A unit outlives an agent that was killed, but not for ever.
    private static readonly TimeSpan Backstop = TimeSpan.FromSeconds(30);

    private int count;

    /// <summary>Runs a program that only looks: inside the root, and as our own child.</summary>
    public Task<CommandResult> AskAsync(Command command, CancellationToken ct) => processes.RunAsync(Inside(command), ct);

    /// <summary>Runs a program to its end, as <see cref="Processes.RunAsync"/> does.</summary>
    /// <param name="command">The program; a name is looked up on the node.</param>
    /// <param name="ct">Ends it early, with all that it started.</param>
    public Task<CommandResult> RunAsync(Command command, CancellationToken ct) =>
        services.IsRunning ? InUnitAsync(command, ct) : processes.RunAsync(Inside(command), ct);

    /// <summary>Ends what an agent that was killed left running of a program.</summary>
    public async Task EndLeftAsync(string program, CancellationToken ct)
    {
        if (services.IsRunning)
        {
            await processes.RunAsync(new Command("systemctl", "stop", UnitName(program, "*")), ct);
        }
    }

    /// <summary>Removes the environments that agents that were killed left: they may hold credentials. For whoever has the node to itself.</summary>
    public static void ClearLeft(FileTree files)
    {
        foreach (var name in files.List(Folder))
        {
            // Also where it was not whole yet.
            if (name.TrimStart('.').StartsWith(UnitPrefix, StringComparison.Ordinal))
            {
                files.Delete($"{Folder}/{name}");
            }
        }
    }

    private static string UnitName(string program, string which) => $"{UnitPrefix}{Path.GetFileName(program)}-{which}.service";

    private Command Inside(Command command) => files.IsRunningSystem
        ? command
        : command with { Program = "chroot", Arguments = [files.Root, command.Program, .. command.Arguments] };

    private async Task<CommandResult> InUnitAsync(Command command, CancellationToken ct)
    {
        var unit = UnitName(command.Program, string.Create(CultureInfo.InvariantCulture, $"{Processes.OwnId}-{Interlocked.Increment(ref count)}"));
        // A file of root's alone: what is given as an option stands in the process list, and what a unit's properties hold everybody may ask for.
        var environment = $"{Folder}/{unit}.env";
        using var late = new CancellationTokenSource(command.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            files.CreateDirectory(Folder, Modes.Mode755);
            files.Write(environment, EnvironmentFile(command), Modes.Mode600);
            // systemd-run going away would leave the unit running: it ends by itself once the unit has.
            var running = processes.RunAsync(Transient(unit, environment, command), CancellationToken.None);
            try
            {
                return await running.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                var stopped = await StopAsync(unit, running);
                ct.ThrowIfCancellationRequested();
                return new CommandResult.TimedOut(command.Deadline, (stopped as CommandResult.Ended)?.LastLines ?? (stopped as CommandResult.TimedOut)?.LastLines ?? []);
            }
        }
        finally
        {
            files.Delete(environment);
        }
    }

    /// <summary>systemd-run with what systemd 239 knows, which is RHEL 8's.</summary>
    private static Command Transient(string unit, string environment, Command command) => command with
    {
        Program = "systemd-run",
        Arguments =
        [
            "--quiet", "--wait", "--pipe", "--collect", $"--unit={unit}",
            $"--property=EnvironmentFile={environment}",
            string.Create(CultureInfo.InvariantCulture, $"--property=RuntimeMaxSec={(command.Deadline + Backstop).TotalSeconds:0}"),
            string.Create(CultureInfo.InvariantCulture, $"--property=TimeoutStopSec={Grace.TotalSeconds:0}"),
            "--property=KillMode=control-group",
            // systemd takes a program that SIGTERM ended for a clean exit and reports 0. The shell, which sits the signal out, reports 128 + N.
            // It would also put variables into arguments that name them: systemd.service(5), "$$" stands for a dollar sign.
            "--", "/bin/sh", "-c", "trap : TERM; \"$@\"; exit $?", "sh",
            .. command.Arguments.Prepend(command.Program).Select(argument => argument.Replace("$", "$$", StringComparison.Ordinal)),
        ],
        Environment = [],
        Deadline = command.Deadline + Backstop + Grace,
    };

    private async Task<CommandResult> StopAsync(string unit, Task<CommandResult> running)
    {
        // Again and again: the first time, the unit may not be there yet.
        while (!running.IsCompleted)
        {
            await processes.RunAsync(new Command("systemctl", "stop", unit), CancellationToken.None);
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None));
        }
        return await running;
    }

    // systemd.exec(5), EnvironmentFile=: in double quotes a backslash makes the next character plain.
    private static string EnvironmentFile(Command command)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Processes.EnvironmentOf(command))
        {
            text.Append(name).Append("=\"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\"\n");
        }
        return text.ToString();
    }
}
