using System.Globalization;

namespace Slipway.Hosting;

/// <summary>
/// Programs that others wrote and that change the node: package managers, kubeadm, CA tools. Where systemd runs, each gets a transient unit of
/// its own, so that the agent's confinement is not theirs; below another root they run inside it, by chroot; else directly.
/// </summary>
internal sealed class ForeignPrograms(Processes processes, FileTree files, Services services)
{
    private int count;

    /// <summary>Runs a program to its end, as <see cref="Processes.RunAsync"/> does.</summary>
    /// <param name="command">The program; a name is looked up on the node.</param>
    /// <param name="ct">Ends it early.</param>
    /// <param name="environment">Variables for it alone, as NAME=VALUE. They can be seen by everybody: no secrets.</param>
    public async Task<CommandResult> RunAsync(Command command, CancellationToken ct, params string[] environment)
    {
        if (!services.IsRunning)
        {
            string[] direct = [.. environment, command.Program, .. command.Arguments];
            return await processes.RunAsync(
                files.IsRunningSystem
                    ? environment.Length == 0 ? command : command with { Program = "env", Arguments = direct }
                    : command with { Program = "chroot", Arguments = [files.Root, "env", .. direct] }, ct);
        }
        var unit = string.Create(CultureInfo.InvariantCulture, $"slipway-{Path.GetFileName(command.Program)}-{Processes.OwnId}-{Interlocked.Increment(ref count)}.service");
        try
        {
            // The limit is the unit's own too: a program outlives the systemd-run that waits for it.
            return await processes.RunAsync(command with
            {
                Program = "systemd-run",
                Arguments =
                [
                    "--quiet", "--wait", "--pipe", "--collect", $"--unit={unit}", $"--property=RuntimeMaxSec={command.Deadline.TotalSeconds:0}",
                    .. Processes.PassedOn.Concat(environment).Select(variable => $"--setenv={variable}"), "--", command.Program, .. command.Arguments,
                ],
            }, ct);
        }
        finally
        {
            if (ct.IsCancellationRequested)
            {
                await processes.RunAsync(new Command("systemctl", "stop", unit), CancellationToken.None);
            }
        }
    }
}
