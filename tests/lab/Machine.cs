using System.Diagnostics;

namespace Slipway.Lab;

/// <summary>A node under test that commands can be run in: <see cref="Vm"/> or <see cref="Container"/>.</summary>
public abstract class Machine : IAsyncDisposable
{
    /// <summary>Runs a bash command in it and gives exit code and output (both streams); it does not survive a background child that keeps the output open.</summary>
    /// <param name="command">A command line.</param>
    /// <param name="timeout">After that it is killed in the guest: exit 124. 60 s by default.</param>
    public abstract Task<Outcome> RunAsync(string command, TimeSpan? timeout = null);

    /// <summary>Runs a command that has to succeed; gives its output without the last newline.</summary>
    public async Task<string> CheckAsync(string command, TimeSpan? timeout = null)
    {
        Outcome outcome = await RunAsync(command, timeout).ConfigureAwait(false);
        return outcome.Exit == 0 ? outcome.Output.TrimEnd('\n') : throw new InvalidOperationException($"{command}: exit {outcome.Exit}\n{outcome.Output}");
    }

    /// <summary>What a unit logged since this boot, one line a message.</summary>
    public async Task<string> JournalAsync(string unit) =>
        (await RunAsync($"journalctl --no-pager -b -u {unit} -o cat").ConfigureAwait(false)).Output;

    /// <summary>A property of a unit: ActiveState, Result, ExecMainStatus, NRestarts …</summary>
    public async Task<string> UnitAsync(string unit, string property) =>
        (await RunAsync($"systemctl show -P {property} {unit}").ConfigureAwait(false)).Output.Trim();

    /// <summary>Waits until a unit's job is over: active (also exited), failed or inactive after a start; gives its ActiveState.</summary>
    /// <exception cref="TimeoutException">It was not over in time; the message has the journal.</exception>
    public async Task<string> WaitForUnitAsync(string unit, TimeSpan timeout)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < timeout)
        {
            string[] state = (await RunAsync($"systemctl show -P ActiveState {unit}; systemctl show -P SubState {unit}; systemctl show -P ExecMainExitTimestampMonotonic {unit}").ConfigureAwait(false)).Output.Split('\n');
            switch (state)
            {
                case ["failed", ..] or ["active", "exited", ..]:
                case ["inactive", _, not ("0" or ""), ..]:
                    return state[0];
            }
            await Task.Delay(500).ConfigureAwait(false);
        }
        throw new TimeoutException($"{unit} did not end within {timeout}:\n{await JournalAsync(unit).ConfigureAwait(false)}");
    }

    /// <summary>Waits until a command succeeds.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message has what it said last.</exception>
    public async Task WaitForAsync(string command, TimeSpan timeout)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Outcome last;
        while ((last = await RunAsync(command).ConfigureAwait(false)).Exit != 0)
        {
            if (clock.Elapsed > timeout)
            {
                throw new TimeoutException($"{command}: still exit {last.Exit} after {timeout}\n{last.Output}");
            }
            await Task.Delay(300).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a file in it, with its folders.</summary>
    public Task WriteAsync(string path, string content) =>
        CheckAsync($"mkdir -p \"$(dirname {path})\" && base64 -d > {path} <<<\"{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(content))}\"");

    /// <summary>Shows new journal lines of a unit as they come, until cancelled.</summary>
    public async Task FollowJournalAsync(string unit, Action<string> show, CancellationToken ct)
    {
        string since = "";
        while (!ct.IsCancellationRequested)
        {
            Outcome outcome = await RunAsync($"journalctl --no-pager -b -u {unit} -o short-precise --show-cursor {since}").ConfigureAwait(false);
            foreach (string line in outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.StartsWith("-- cursor: ", StringComparison.Ordinal))
                {
                    since = $"--after-cursor='{line["-- cursor: ".Length..]}'";
                }
                else if (!line.StartsWith("-- ", StringComparison.Ordinal))
                {
                    show(line);
                }
            }
            await Task.Delay(400, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>How a command in a machine ended.</summary>
/// <param name="Exit">Its exit code; 124 when it took too long.</param>
/// <param name="Output">What it said on both streams.</param>
public sealed record Outcome(int Exit, string Output);
