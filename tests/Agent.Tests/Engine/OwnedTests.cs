using Slipway.Engine;

namespace Slipway.Tests.Engine;

/// <summary>What is ours by the ledger, and what was there before us.</summary>
public sealed class OwnedTests
{
    [Fact]
    public void Of_several_changes_the_first_says_what_stood_there_and_the_last_what_stands_there()
    {
        var one = Assert.Single(Owned.Of([Intent("f", "A", "B"), Done("f", "B"), Intent("f", "B", "C"), Done("f", "C")]));
        Assert.Equal(("f", true, "A", "C"), (one.Id, one.IsDone, one.Trace.Before, one.Trace.After));
        Assert.True(one.Trace.IsOurs("B", default) && one.Trace.IsOurs("C", default));
        Assert.False(one.Trace.IsOurs("A", default));
    }

    [Fact]
    public void A_change_that_was_cut_off_is_ours_whether_or_not_it_came_about()
    {
        var one = Assert.Single(Owned.Of([Intent("f", "", "B"), Done("f", "B"), Intent("f", "B", "C")]));
        Assert.True(one.Trace.IsOurs("B", default) && one.Trace.IsOurs("C", default));
        Assert.False(Assert.Single(Owned.Of([Intent("f", "", "B")])).IsDone);
    }

    [Fact]
    public void What_others_made_of_it_before_the_first_change_that_was_finished_counts_as_the_original_too()
    {
        Assert.Equal(["A", "X"], Assert.Single(Owned.Of([Intent("f", "A", "B"), Intent("f", "X", "B"), Done("f", "B"), Intent("f", "Y", "B")])).Trace.Originals);
        Assert.Equal(["A", "X", "Y"], Assert.Single(Owned.Of([Intent("f", "A", "B"), Intent("f", "X", "B"), Done("f", "B"), Intent("f", "Y", "B")])).Trace.Befores);
    }

    [Fact]
    public void A_removal_ends_what_is_known_and_a_later_change_begins_anew()
    {
        Assert.Empty(Owned.Of([Intent("f", "A", "B"), Done("f", "B"), Entry(LedgerEvent.Removed, "f")]));
        var again = Assert.Single(Owned.Of([Intent("f", "A", "B"), Done("f", "B"), Entry(LedgerEvent.Removed, "f"), Intent("f", "Z", "C"), Done("f", "C")]));
        Assert.Equal(("Z", "C"), (again.Trace.Before, again.Trace.After));
    }

    [Fact]
    public void They_stand_in_the_order_in_which_they_became_ours() =>
        Assert.Equal(["a", "b", "c"], Owned.Of([Intent("a"), Done("a"), Intent("b"), Done("b"), Intent("c"), Done("c"), Intent("a"), Done("a")]).Select(one => one.Id));

    [Fact]
    public void Events_of_the_whole_node_are_nobodys() => Assert.Empty(Owned.Of([Entry(LedgerEvent.Joined), Entry(LedgerEvent.Preparing), Entry(LedgerEvent.Uninstalling)]));

    [Fact]
    public void Where_nothing_was_recorded_the_time_tells_ours_from_a_later_change()
    {
        var trace = Assert.Single(Owned.Of([Intent("f"), Done("f")])).Trace;
        Assert.True(trace.IsOurs("whatever", Time.UtcDateTime));
        Assert.False(trace.IsOurs("whatever", Time.UtcDateTime.AddMinutes(1)));
    }

    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static LedgerEntry Intent(string resource, string before = "", string after = "") => Entry(LedgerEvent.Intent, resource) with { Before = before, After = after };

    private static LedgerEntry Done(string resource, string after = "") => Entry(LedgerEvent.Done, resource) with { After = after };

    private static LedgerEntry Entry(LedgerEvent what, string resource = "") => new() { Time = Time, Boot = "", Event = what, Resource = resource };
}
