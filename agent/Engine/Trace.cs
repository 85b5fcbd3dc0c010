namespace Slipway.Engine;

/// <summary>What the ledger knows of a resource that was changed: enough to take the change back, and to see whether others changed it since.</summary>
/// <param name="Before">What stood there before the first change, in the resource's own words; empty for nothing.</param>
/// <param name="After">What stood there after the last change; empty where it was not recorded.</param>
internal sealed record Trace(string Before, string After = "");
