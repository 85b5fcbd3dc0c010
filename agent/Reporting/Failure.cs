namespace Slipway.Reporting;

/// <summary>Why something did not work, in the words an operator needs at 3 a.m.</summary>
/// <param name="Code">A stable error code of <see cref="ErrorCodes"/>, such as <c>artifact.digest-mismatch</c>.</param>
/// <param name="What">What was attempted and what was seen: one sentence, no secret in it.</param>
/// <param name="Fix">What to try; empty takes the fix that <c>slipway explain CODE</c> gives.</param>
internal sealed record Failure(string Code, string What, string Fix = "")
{
    /// <summary>How long the server asks to be left alone; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The HTTP status that this is; 0 where it is none.</summary>
    public int HttpStatus { get; init; }

    /// <summary>The fix to print: this failure's own, else its code's.</summary>
    public string Remedy => Fix.Length > 0 ? Fix : ErrorCodes.Find(Code)?.Fix ?? "";

    /// <summary>Whether the same attempt may succeed later without anybody changing anything.</summary>
    /// <remarks>A full disk may be better at the next start of the service; within one run somebody has to make room first.</remarks>
    public bool IsTransient => ErrorCodes.Find(Code)?.Outcome == ExitCode.RetryLater && Code != "host.disk-full";

    /// <summary>The process exit code that this failure stands for (spec: exit codes).</summary>
    public ExitCode ExitCode => ErrorCodes.Find(Code)?.Outcome ?? ExitCode.Failed;

    /// <summary>What to say of an exception that nobody expected.</summary>
    public static Failure Bug(Exception exception) => new("run.bug", $"{exception.GetType().Name}: {exception.Message}");

    /// <inheritdoc/>
    public override string ToString() => $"{Code}: {What}";
}

/// <summary>Carries a <see cref="Failure"/> up to the command that reports it.</summary>
internal sealed class FailureException(Failure failure, Exception? inner = null) : Exception(failure.ToString(), inner)
{
    /// <summary>What went wrong.</summary>
    public Failure Failure { get; } = failure;
}
