using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Slipway.Hosting;

/// <summary>Runs programs: argument arrays, a deadline, SIGTERM before SIGKILL, and the last lines of output kept.</summary>
internal sealed class Processes(TimeProvider clock)
{
    private const int MostOutput = 1 << 20;
    private const int KeptLines = 50;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    // Children see only what they need. VMX_GUESTINFO* holds the node's secrets and never passes.
    private static readonly string[] Passed =
        ["PATH", "LANG", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

    /// <summary>Whether the caller handed us guestinfo through the environment (<c>VMX_GUESTINFO</c> not empty).</summary>
    public static bool HasGuestInfoEnvironment => Environment.GetEnvironmentVariable("VMX_GUESTINFO") is { Length: > 0 };

    /// <summary>A guestinfo value of the environment, such as <c>VMX_GUESTINFO_USERDATA_ENCODING</c> for <c>userdata.encoding</c>.</summary>
    public static string? GuestInfo(string key) =>
        Environment.GetEnvironmentVariable($"VMX_GUESTINFO_{key.ToUpperInvariant().Replace('.', '_')}");

    /// <summary>Runs a program to its end. Cancellation ends it the same way as its deadline does.</summary>
    public async Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        using var process = new Process { StartInfo = Start(command) };
        var output = new StringBuilder();
        var last = new Queue<string>();
        process.OutputDataReceived += (_, line) => Take(line.Data, output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, null);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new CommandResult.NotStarted($"{command.Program}: {e.Message}");
        }
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        using var deadline = new CancellationTokenSource(command.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            await EndAsync(process);
            ct.ThrowIfCancellationRequested();
            return new CommandResult.TimedOut(command.Deadline, Last());
        }
        return new CommandResult.Ended(process.ExitCode, output.ToString(), Last());

        void Take(string? line, StringBuilder? into)
        {
            if (line is null)
            {
                return;
            }
            lock (last)
            {
                if (into?.Length < MostOutput)
                {
                    into.AppendLine(line);
                }
                if (line.Length > 0)
                {
                    last.Enqueue(line);
                }
                if (last.Count > KeptLines)
                {
                    last.Dequeue();
                }
            }
            command.OnLine?.Invoke(line);
        }

        string[] Last()
        {
            lock (last)
            {
                return [.. last];
            }
        }
    }

    private static ProcessStartInfo Start(Command command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        var kept = Passed.Select(name => (name, value: Environment.GetEnvironmentVariable(name))).Where(pair => pair.value is not null).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept)
        {
            start.Environment[name] = value;
        }
        start.Environment.TryAdd("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        // kubeadm looks for $HOME/.kube; other tools fail without a home.
        start.Environment["HOME"] = "/root";
        return start;
    }

    private async Task EndAsync(Process process)
    {
        Libc.Terminate(process.Id);
        using var grace = new CancellationTokenSource(Grace, clock);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
