namespace Slipway.Hosting;

/// <summary>A program to run, with its arguments as they are: no shell ever sees them. Secrets do not belong in arguments.</summary>
/// <param name="Program">A name looked up in PATH, or an absolute path.</param>
/// <param name="Arguments">The arguments, one element each.</param>
internal sealed record Command(string Program, params string[] Arguments)
{
    /// <summary>How long it may run before it is asked to end (SIGTERM), then made to (SIGKILL).</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Called with each line of output as it comes, from either stream.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>Variables for it alone, as NAME=VALUE, beside those that every child gets.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', [Program, .. Arguments]);
}

/// <summary>How a program ended.</summary>
internal abstract record CommandResult
{
    private CommandResult()
    {
    }

    /// <summary>It ran and ended by itself.</summary>
    /// <param name="ExitCode">Its exit code; 128 + N where signal N ended it.</param>
    /// <param name="Output">Its standard output, at most 1 MiB.</param>
    /// <param name="LastLines">The last lines of both streams, for error messages.</param>
    public sealed record Ended(int ExitCode, string Output, IReadOnlyList<string> LastLines) : CommandResult;

    /// <summary>It did not end in time and was killed.</summary>
    /// <param name="After">The deadline it missed.</param>
    /// <param name="LastLines">What it said last.</param>
    public sealed record TimedOut(TimeSpan After, IReadOnlyList<string> LastLines) : CommandResult;

    /// <summary>There is no such program, or it cannot be executed.</summary>
    /// <param name="Why">What the kernel said.</param>
    public sealed record NotStarted(string Why) : CommandResult;

    /// <summary>Whether it ended with exit code 0.</summary>
    public bool Succeeded => this is Ended { ExitCode: 0 };

    /// <summary>One line that says how it ended, with what it said last.</summary>
    public string Describe() => this switch
    {
        Ended ended => $"exit code {ended.ExitCode}{Said(ended.LastLines)}",
        TimedOut late => $"did not end within {late.After.TotalSeconds:0} s{Said(late.LastLines)}",
        NotStarted missing => missing.Why,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Said(IReadOnlyList<string> lines) => lines.Count == 0 ? "" : ": " + string.Join(" | ", lines.TakeLast(5));
}
