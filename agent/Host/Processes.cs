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

    // How long output is still read once the program has ended: a daemon that it left behind keeps the pipe open for ever.
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(5);

    // Children see only what they need. VMX_GUESTINFO* holds the node's secrets and never passes.
    private static readonly string[] Passed =
        ["PATH", "LANG", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

    /// <summary>The whole environment of a child.</summary>
    public static Dictionary<string, string> EnvironmentOf(Command command)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            // kubeadm looks for $HOME/.kube; other tools fail without a home.
            ["HOME"] = "/root",
        };
        foreach (var name in Passed)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }
        foreach (var variable in command.Environment)
        {
            var equals = variable.IndexOf('=', StringComparison.Ordinal);
            variables[variable[..equals]] = variable[(equals + 1)..];
        }
        return variables;
    }

    /// <summary>Our own process id.</summary>
    public static int OwnId => Environment.ProcessId;

    /// <summary>Whether we are root.</summary>
    public static bool IsRoot => Environment.IsPrivilegedProcess;

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
        // A queue for each stream: the cause on one is not pushed out by progress on the other.
        var (told, complaints, count) = (new Queue<Told>(), new Queue<Told>(), 0);
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => exited.TrySetResult();
        process.OutputDataReceived += (_, line) => Take(line.Data, told, output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, complaints, null);
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
            await exited.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            await EndAsync(process, exited.Task);
            ct.ThrowIfCancellationRequested();
            return new CommandResult.TimedOut(command.Deadline, Last());
        }
        await DrainAsync(process);
        return new CommandResult.Ended(process.ExitCode, output.ToString(), Last());

        void Take(string? line, Queue<Told> last, StringBuilder? into)
        {
            if (line is null)
            {
                return;
            }
            lock (exited)
            {
                if (into?.Length < MostOutput)
                {
                    into.AppendLine(line);
                }
                if (line.Length > 0)
                {
                    last.Enqueue(new Told(count++, line));
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
            lock (exited)
            {
                return [.. told.Concat(complaints).OrderBy(line => line.Number).Select(line => line.Line)];
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
        start.Environment.Clear();
        foreach (var (name, value) in EnvironmentOf(command))
        {
            start.Environment[name] = value;
        }
        return start;
    }

    private async Task EndAsync(Process process, Task exited)
    {
        Libc.Terminate(process.Id);
        if (!await EndsWithinAsync(exited, Grace))
        {
            process.Kill(entireProcessTree: true);
            // Not for ever: a program that hangs in the kernel outlives even SIGKILL.
            await EndsWithinAsync(exited, Grace);
        }
        await DrainAsync(process);
    }

    private async Task<bool> EndsWithinAsync(Task exited, TimeSpan time)
    {
        try
        {
            await exited.WaitAsync(time, clock);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task DrainAsync(Process process)
    {
        using var afterwards = new CancellationTokenSource(Afterwards, clock);
        try
        {
            await process.WaitForExitAsync(afterwards.Token);
        }
        catch (OperationCanceledException)
        {
            process.CancelOutputRead();
            process.CancelErrorRead();
        }
    }

    /// <summary>A line of output with its place among those of both streams.</summary>
    private sealed record Told(int Number, string Line);
}
