using Slipway.Hosting;
using Slipway.Steps;

namespace Slipway.Preflight;

/// <summary>A precondition of the bootstrap: something no step can mend.</summary>
/// <param name="Id">Stable name, as <c>--skip</c> takes it; also the error code when it fails.</param>
/// <param name="Look">Judges a machine by its facts; pure.</param>
internal sealed record Check(string Id, Func<Intent, Facts, CheckResult> Look);

/// <summary>A check and what came of it.</summary>
/// <param name="Check">The check.</param>
/// <param name="Result">What it saw.</param>
internal sealed record CheckFinding(Check Check, CheckResult Result);

/// <summary>What a check saw.</summary>
internal abstract record CheckResult
{
    private CheckResult()
    {
    }

    /// <summary>All is well.</summary>
    public sealed record Pass : CheckResult;

    /// <summary>It works, and somebody should know.</summary>
    /// <param name="Seen">What was seen, and why it matters.</param>
    public sealed record Warn(string Seen) : CheckResult;

    /// <summary>It cannot work.</summary>
    /// <param name="Seen">What was seen, and why it matters.</param>
    /// <param name="Fix">The command or change that mends it.</param>
    public sealed record Fail(string Seen, string Fix) : CheckResult;
}
