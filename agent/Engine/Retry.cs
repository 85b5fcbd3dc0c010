using Serilog;
using Slipway.Reporting;

namespace Slipway.Engine;

/// <summary>The one retry policy: decorrelated jitter until a deadline; what is permanent is never tried twice.</summary>
/// <param name="Deadline">For all attempts together.</param>
internal sealed record Retry(TimeSpan Deadline)
{
    /// <summary>The shortest pause between two attempts.</summary>
    public TimeSpan Shortest { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Runs <paramref name="attempt"/> until it succeeds, fails for good, or the deadline is too near for another try.</summary>
    /// <param name="what">What is attempted, for the log line of each retry.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">Gets a line for each retry: attempt, cause, next delay.</param>
    /// <param name="attempt">One try; it gets its number, from 1.</param>
    /// <param name="ct">Ends the whole early.</param>
    /// <exception cref="FailureException">The last failure: a permanent one at once, a transient one when time is up.</exception>
    public async Task<T> RunAsync<T>(
        string what, TimeProvider clock, ILogger log, Func<int, CancellationToken, Task<T>> attempt, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var pause = Shortest;
        for (var number = 1; ; number++)
        {
            TimeSpan wait;
            try
            {
                return await attempt(number, ct);
            }
            catch (FailureException e) when (e.Failure.IsTransient)
            {
                // Asked to wait, we come later than asked, each at a time of its own: all the nodes of a site may have been asked.
                pause = Next(pause);
                wait = pause + ((e.Failure.RetryAfter ?? TimeSpan.Zero) * (1 + (Roll() / 2)));
                if (clock.GetElapsedTime(started) + wait >= Deadline)
                {
                    var asked = e.Failure.RetryAfter is { } longer ? $"; the server asks to wait {longer.TotalSeconds:0} s" : "";
                    throw new FailureException(
                        e.Failure with { What = $"{e.Failure.What} (gave up after {number} {(number == 1 ? "attempt" : "attempts")}: the next would come after the limit of {Deadline.TotalSeconds:0} s{asked})" }, e);
                }
                log.RetryScheduled(what, number, e.Failure, wait);
            }
            await Task.Delay(wait, clock, ct);
        }
    }

    /// <summary>The pause that follows one of <paramref name="previous"/>: random between the shortest and three times the last.</summary>
    public TimeSpan Next(TimeSpan previous)
    {
        var upper = Math.Min(Longest.TotalMilliseconds, previous.TotalMilliseconds * 3);
        return TimeSpan.FromMilliseconds(Shortest.TotalMilliseconds + (Roll() * (upper - Shortest.TotalMilliseconds)));
    }

#pragma warning disable CA5394 // Jitter spreads load; it protects nothing.
    private static double Roll() => Random.Shared.NextDouble();
#pragma warning restore CA5394
}
