using Slipway.Clusters;
using Slipway.Engine;

namespace Slipway.Commands;

/// <summary>What the ledger tells of this node's joins. Only the last counts: a node may have been reset and joined anew.</summary>
/// <param name="ledger">The ledger, oldest first.</param>
internal sealed class JoinHistory(IReadOnlyList<LedgerEntry> ledger)
{
    // An uninstallation, also one that was cut off, ends whatever this node was.
    private readonly IReadOnlyList<LedgerEntry> entries = [.. ledger.Reverse().TakeWhile(entry => entry.Event != LedgerEvent.Uninstalling).Reverse()];

    /// <summary>The product UUID of the machine that joined last; null when none did.</summary>
    public string? JoinedOn => entries.LastOrDefault(entry => entry.Event == LedgerEvent.Joined)?.What;

    /// <summary>Whether a join of ours was verified, and none was begun since.</summary>
    public bool IsVerified => Last(entry => entry.Event == LedgerEvent.Verified) is >= 0 and var verified
        && verified > Last(entry => entry.Event == LedgerEvent.Intent && IsJoin(entry));

    /// <summary>Whether we began a join and were cut off before it was verified. A node that others joined is not ours to finish.</summary>
    public bool IsHalfDone => !IsVerified && entries.Any(IsJoin);

    /// <summary>Whether we prepared this node once.</summary>
    public bool IsPrepared => entries.Any(entry => entry.Event == LedgerEvent.Done);

    private static bool IsJoin(LedgerEntry entry) => entry.Resource.StartsWith(ClusterMembership.IdPrefix, StringComparison.Ordinal);

    private int Last(Predicate<LedgerEntry> match)
    {
        for (var at = entries.Count - 1; at >= 0; at--)
        {
            if (match(entries[at]))
            {
                return at;
            }
        }
        return -1;
    }
}
