namespace Slipway.Engine;

/// <summary>What the ledger knows of a resource that was changed: enough to take the change back, and to see whether others changed it since.</summary>
/// <param name="Before">What stood there before the first change, in the resource's own words; empty for nothing.</param>
/// <param name="After">What stood there after the last change; empty where it was not recorded.</param>
internal sealed record Trace(string Before, string After = "")
{
    // A clock that is read before a file is written, and a file system that keeps whole seconds, are no change.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>What stood there before each change, oldest first: others may have changed it in between.</summary>
    public IReadOnlyList<string> Befores { get; init; } = [Before];

    /// <summary>What stood there before the first change that was finished, and before those until then that were cut off: the first of these
    /// that was really replaced, and is not ours, is the original.</summary>
    public IReadOnlyList<string> Originals { get; init; } = [Before];

    /// <summary>What we made of it with each change, also with those that were cut off; none where an earlier version did not record it.</summary>
    public IReadOnlyList<string> Afters { get; init; } = After.Length > 0 ? [After] : [];

    /// <summary>When the last change was announced or recorded; null where that is not known.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Whether what stands there is what we made of it, and nobody's since.</summary>
    /// <param name="seen">What stands there, in the words of <see cref="Resource.After"/>.</param>
    /// <param name="modified">When it was changed last (UTC): all there is to go by where the ledger is an earlier version's.</param>
    public bool IsOurs(string seen, DateTime modified) => Afters.Count > 0 ? Afters.Contains(seen) : Time is { } time && modified <= time.UtcDateTime + Slack;
}
