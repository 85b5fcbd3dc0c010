using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>The origins of one file, asked round by round: where it failed for good is not asked again, and who asks for a pause is left alone for as long.</summary>
/// <param name="host">The outside world.</param>
/// <param name="what">What is asked for, for the log.</param>
/// <param name="origins">Who is asked, in order; at least one.</param>
internal sealed class OriginRounds(Host host, string what, IReadOnlyList<Origin> origins)
{
    private readonly Dictionary<Origin, FailureException> givenUp = [];
    private readonly Dictionary<Origin, Rest> resting = [];

    /// <summary>One round: what the first origin gives that has it.</summary>
    /// <param name="ask">Asks one origin.</param>
    /// <param name="isOurs">Whether a failure is not the origin's, so that no other could do better.</param>
    /// <exception cref="FailureException">
    /// Of all failures that which lets us come again the soonest; a permanent one only where every origin has failed for good.
    /// </exception>
    public async Task<T> FirstAsync<T>(Func<Origin, Task<T>> ask, Func<FailureException, bool> isOurs)
        where T : class
    {
        FailureException? soonest = null;
        foreach (var origin in origins)
        {
            if (givenUp.ContainsKey(origin))
            {
                continue;
            }
            // Time that goes by, not the time of day, which is set while a node boots.
            if (resting.TryGetValue(origin, out var rest) && rest.Pause - host.Clock.GetElapsedTime(rest.Since) is var left && left > TimeSpan.Zero)
            {
                soonest = Sooner(soonest, new FailureException(rest.Why.Failure with { RetryAfter = left }, rest.Why));
                continue;
            }
            try
            {
                return await ask(origin);
            }
            catch (FailureException e) when (!isOurs(e))
            {
                // The next mirror may do better; what will not pass is not asked again, and who asks for a pause gets it.
                if (!e.Failure.IsTransient)
                {
                    givenUp[origin] = e;
                    if (origins.Count > 1)
                    {
                        host.Log.Attention($"{e.Failure}; this mirror is not used for {what}");
                    }
                }
                else if (e.Failure.RetryAfter is { } pause)
                {
                    resting[origin] = new Rest(e, host.Clock.GetTimestamp(), pause);
                }
                soonest = Sooner(soonest, e);
            }
        }
        throw soonest ?? givenUp[origins[0]];
    }

    // Which of two failures says when to come again.
    private static FailureException Sooner(FailureException? one, FailureException other) =>
        one is null || (other.Failure.IsTransient && (!one.Failure.IsTransient || one.Failure.RetryAfter > (other.Failure.RetryAfter ?? TimeSpan.Zero))) ? other : one;

    private sealed record Rest(FailureException Why, long Since, TimeSpan Pause);
}
