using Slipway.Engine;
using Slipway.Reporting;

namespace Slipway.Tests.Engine;

/// <summary>Inspect, announce, apply, inspect again, record: and what remains when that is cut off anywhere.</summary>
public sealed class ConvergeTests : IDisposable
{
    private readonly Node node = new();
    private readonly List<string> calls = [];

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_plan_touches_nothing()
    {
        var before = TreeListing.Of(node.Root, times: true);
        var plan = await Plan.MakeAsync(Steps(Make("a"), Make("b")), node.Host, Scrutiny.Quick, Ct);
        Assert.Equal(["make a", "make b"], plan.Changes.Select(change => change.What));
        Assert.Empty(calls);
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
    }

    [Fact]
    public async Task The_intent_is_on_the_disk_before_the_change_and_done_after_it()
    {
        IReadOnlyList<LedgerEntry> seen = [];
        var changed = await ApplyAsync(Make("a") with { OnApply = () => seen = Ledger.Read(node.Files) });
        Assert.Equal(1, changed);
        Assert.Equal([(LedgerEvent.Intent, "probe:a")], seen.Select(entry => (entry.Event, entry.Resource)));
        Assert.Equal([LedgerEvent.Intent, LedgerEvent.Done], Ledger.Read(node.Files).Select(entry => entry.Event));
    }

    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        Assert.Equal(2, await ApplyAsync(Make("a"), Make("b")));
        var before = TreeListing.Of(node.Root, times: true);
        calls.Clear();
        Assert.Equal(0, await ApplyAsync(Make("a"), Make("b")));
        Assert.Empty(calls);
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
    }

    [Fact]
    public async Task A_run_that_is_cut_off_between_intent_and_change_is_finished_by_the_next()
    {
        await Assert.ThrowsAsync<IOException>(() => ApplyAsync(Make("a"), Make("b") with { OnApply = () => throw new IOException("the power goes") }));
        Assert.Equal([LedgerEvent.Intent, LedgerEvent.Done, LedgerEvent.Intent], Ledger.Read(node.Files).Select(entry => entry.Event));
        Assert.Equal(1, await ApplyAsync(Make("a"), Make("b")));
        Assert.Equal(LedgerEvent.Done, Ledger.Read(node.Files)[^1].Event);
    }

    [Fact]
    public async Task A_refusal_anywhere_stops_before_the_first_change()
    {
        var thrown = await Assert.ThrowsAsync<FailureException>(() =>
            ApplyAsync(Make("a"), Make("b") with { Refusal = new Failure("resource.foreign", "not ours") }));
        Assert.Equal("resource.foreign", thrown.Failure.Code);
        Assert.Empty(calls);
        Assert.Empty(Ledger.Read(node.Files));
    }

    [Fact]
    public async Task A_change_that_does_not_last_is_a_failure_and_not_done()
    {
        var thrown = await Assert.ThrowsAsync<FailureException>(() => ApplyAsync(Make("a") with { Slips = true }));
        Assert.Equal("engine.not-converged", thrown.Failure.Code);
        Assert.Equal([LedgerEvent.Intent], Ledger.Read(node.Files).Select(entry => entry.Event));
    }

    [Fact]
    public async Task What_is_refused_after_the_change_is_a_failure_and_not_done()
    {
        var thrown = await Assert.ThrowsAsync<FailureException>(() => ApplyAsync(Make("a") with { RefusalAfter = new Failure("resource.foreign", "not ours") }));
        Assert.Equal("resource.foreign", thrown.Failure.Code);
        Assert.Equal([LedgerEvent.Intent], Ledger.Read(node.Files).Select(entry => entry.Event));
    }

    [Fact]
    public async Task Preparations_run_ahead_and_beside_each_other()
    {
        var both = new CountdownEvent(2);
        Task Meet(CancellationToken ct) => Task.Run(() =>
        {
            both.Signal();
            Assert.True(both.Wait(TimeSpan.FromSeconds(20), ct), "the other never came");
        }, ct);
        Assert.Equal(2, await ApplyAsync(Make("a") with { OnPrepare = Meet }, Make("b") with { OnPrepare = Meet }));
    }

    [Fact]
    public async Task What_cannot_be_prepared_is_found_out_before_the_first_change()
    {
        await Assert.ThrowsAsync<FailureException>(() => ApplyAsync(Make("a"),
            Make("b") with { OnPrepare = _ => throw new FailureException(new Failure("artifact.digest-mismatch", "wrong")) }));
        Assert.DoesNotContain(calls, call => call.StartsWith("apply", StringComparison.Ordinal));
        Assert.Empty(Ledger.Read(node.Files));
    }

    [Fact]
    public async Task A_preparation_that_fails_stops_the_run_and_cancels_the_others()
    {
        var begun = new TaskCompletionSource();
        var cancelled = false;
        var thrown = await Assert.ThrowsAsync<FailureException>(() => ApplyAsync(
            Make("a") with
            {
                OnPrepare = async ct =>
                {
                    await begun.Task.WaitAsync(TimeSpan.FromSeconds(20), ct);
                    throw new FailureException(new Failure("artifact.digest-mismatch", "wrong"));
                },
            },
            Make("b") with
            {
                OnPrepare = async ct =>
                {
                    begun.SetResult();
                    try
                    {
                        await Task.Delay(Timeout.Infinite, ct);
                    }
                    finally
                    {
                        cancelled = true;
                    }
                },
            }));
        Assert.Equal("artifact.digest-mismatch", thrown.Failure.Code);
        Assert.True(cancelled, "what ran ahead outlived the run");
        Assert.DoesNotContain(calls, call => call.StartsWith("apply", StringComparison.Ordinal));
        Assert.Empty(Ledger.Read(node.Files));
    }

    [Fact]
    public async Task Each_step_is_told_with_its_place_and_its_changes()
    {
        await ApplyAsync(Make("a"), Make("b"));
        Assert.Contains("1/2 a", node.Lines);
        Assert.Contains(node.Lines, line => line.StartsWith("2/2 b: done in ", StringComparison.Ordinal) && line.EndsWith("1 changed", StringComparison.Ordinal));
    }

    private Probe Make(string name) => new(name, $"/made/{name}") { Calls = calls };

    private static DescribedStep[] Steps(params Probe[] probes) => [.. probes.Select(probe => new DescribedStep(probe.Name, [probe]))];

    private async Task<int> ApplyAsync(params Probe[] probes)
    {
        using var ledger = Ledger.Open(node.Host, "boot");
        var report = new Report(node.Host.Log, node.Host.Clock, _ => { }, _ => { }, new NodeStatus { Version = "test" });
        return await Converge.ApplyAsync(Steps(probes), node.Host, ledger, report, Scrutiny.Quick, Ct);
    }
}
