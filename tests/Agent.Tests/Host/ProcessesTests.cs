using System.Diagnostics;
using Slipway.Hosting;

namespace Slipway.Tests.Hosting;

/// <summary>Programs get their arguments untouched, end by their deadline, and keep their last words.</summary>
public sealed class ProcessesTests
{
    private static readonly Processes Processes = new(TimeProvider.System);

    [Fact]
    public async Task Arguments_are_not_interpreted()
    {
        string[] arguments = ["$HOME", "a b", "*", "; echo no", "`id`", "'\"", ""];
        var ended = await EndAsync(new Command("printf", ["%s\n", .. arguments]));
        Assert.Equal(arguments, ended.Output.Split('\n')[..^1]);
    }

    [Fact]
    public async Task The_last_lines_of_each_stream_are_kept_however_much_the_other_says()
    {
        var ended = await EndAsync(Shell("i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done; echo the cause >&2; exit 3"));
        Assert.Equal(3, ended.ExitCode);
        Assert.Equal(51, ended.LastLines.Count);
        Assert.Contains("line 199", ended.LastLines);
        Assert.Contains("the cause", ended.LastLines);
        Assert.DoesNotContain("the cause", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_is_told_line_by_line_as_it_comes()
    {
        var lines = new List<string>();
        await EndAsync(Shell("echo one; echo two") with { OnLine = lines.Add });
        Assert.Equal(["one", "two"], lines);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_said_to_be_missing()
    {
        var missing = Assert.IsType<CommandResult.NotStarted>(await Processes.RunAsync(new Command("no-such-program-here"), Ct));
        Assert.Contains("no-such-program-here", missing.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_asked_to_end_first()
    {
        var late = Assert.IsType<CommandResult.TimedOut>(await Processes.RunAsync(
            Shell("trap 'echo cleaned up; exit 0' TERM; echo ready; while :; do sleep 0.05; done") with { Deadline = TimeSpan.FromSeconds(1) }, Ct));
        Assert.Equal(["ready", "cleaned up"], late.LastLines);
    }

    [Fact]
    public async Task A_program_that_will_not_end_is_killed()
    {
        var started = Stopwatch.StartNew();
        var late = Assert.IsType<CommandResult.TimedOut>(await Processes.RunAsync(
            Shell("trap '' TERM; echo $$; while :; do sleep 0.05; done") with { Deadline = TimeSpan.FromMilliseconds(500) }, Ct));
        Assert.InRange(started.Elapsed, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15));
        Assert.False(Directory.Exists($"/proc/{late.LastLines[0]}"));
    }

    [Fact]
    public async Task A_grandchild_that_keeps_the_pipe_open_holds_nobody_up()
    {
        // What starts a daemon without redirecting its output: hooks do, and so do careless package scripts.
        var started = Stopwatch.StartNew();
        var ended = await EndAsync(Shell("sleep 30 & echo started") with { Deadline = TimeSpan.FromSeconds(20) });
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("started", ended.Output.Trim());
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_killed_program_is_given_up_though_its_grandchild_lives_on()
    {
        var started = Stopwatch.StartNew();
        var late = await Processes.RunAsync(
            Shell("setsid sleep 30 & trap '' TERM; while :; do sleep 0.05; done") with { Deadline = TimeSpan.FromMilliseconds(500) }, Ct);
        Assert.IsType<CommandResult.TimedOut>(late);
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Cancelling_ends_the_program_and_passes()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var pid = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Processes.RunAsync(Shell("echo $$; exec sleep 60") with
        {
            OnLine = line =>
            {
                pid = int.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
                cancel.Cancel();
            },
        }, cancel.Token));
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public async Task A_program_that_a_signal_ended_tells_which()
    {
        Assert.Equal(128 + 9, (await EndAsync(Shell("kill -9 $$"))).ExitCode);
    }

    [Fact]
    public async Task Output_without_end_does_not_fill_the_memory()
    {
        var ended = await EndAsync(Shell("head -c 5000000 /dev/zero | tr '\\0' 'x' | fold -w 1000"));
        Assert.InRange(ended.Output.Length, 1 << 20, (1 << 20) + 2000);
    }

    private static Command Shell(string script) => new("sh", "-c", script);

    private static async Task<CommandResult.Ended> EndAsync(Command command) =>
        Assert.IsType<CommandResult.Ended>(await Processes.RunAsync(command, Ct));
}
