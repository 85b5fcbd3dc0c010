using Slipway.Commands;
using Slipway.Engine;

namespace Slipway.Tests.Commands;

/// <summary>Of several joins in a ledger, the last one counts.</summary>
public sealed class JoinHistoryTests
{
    [Fact]
    public void A_join_begun_after_the_last_verification_is_half_done()
    {
        var once = History(LedgerEvent.Intent, LedgerEvent.Done, LedgerEvent.Joined, LedgerEvent.Verified);
        Assert.True(once.IsVerified);
        Assert.False(once.IsHalfDone);
        var again = History(LedgerEvent.Intent, LedgerEvent.Done, LedgerEvent.Joined, LedgerEvent.Verified, LedgerEvent.Intent);
        Assert.False(again.IsVerified);
        Assert.True(again.IsHalfDone);
    }

    [Fact]
    public void A_node_that_others_joined_is_not_ours_to_finish() => Assert.False(History().IsHalfDone);

    [Fact]
    public void An_uninstallation_ends_whatever_the_node_was()
    {
        Assert.True(History(LedgerEvent.Intent, LedgerEvent.Done).IsPrepared);
        var gone = History(LedgerEvent.Intent, LedgerEvent.Done, LedgerEvent.Joined, LedgerEvent.Verified, LedgerEvent.Uninstalling, LedgerEvent.Removed);
        Assert.False(gone.IsPrepared || gone.IsVerified || gone.IsHalfDone);
        Assert.Null(gone.JoinedOn);
        Assert.True(History(LedgerEvent.Uninstalling, LedgerEvent.Intent, LedgerEvent.Done).IsPrepared);
    }

    private static JoinHistory History(params LedgerEvent[] events) => new([.. events.Select(what => new LedgerEntry
    {
        Time = default,
        Boot = "",
        Event = what,
        Resource = what is LedgerEvent.Intent or LedgerEvent.Done ? "membership:worker-1" : "",
    })]);
}
