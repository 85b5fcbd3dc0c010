using Slipway.Engine;
using Slipway.Reporting;

namespace Slipway.Tests.Engine;

/// <summary>The one retry policy: jittered, bounded, and never for what is permanent.</summary>
public sealed class RetryTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task What_is_permanent_is_never_tried_twice()
    {
        var (failure, attempts) = await FailAsync(TimeSpan.FromHours(1), "http.refused");
        Assert.Equal(("http.refused", 1), (failure.Code, attempts));
        Assert.Empty(clock.Waits);
    }

    [Fact]
    public async Task What_may_pass_is_tried_until_the_deadline_and_not_beyond()
    {
        var (failure, attempts) = await FailAsync(TimeSpan.FromMinutes(5), "http.busy");
        Assert.InRange(attempts, 10, 600);
        Assert.InRange(clock.Waits.Aggregate(TimeSpan.Zero, (a, b) => a + b), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Contains($"gave up after {attempts} attempts", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Success_ends_it()
    {
        using var node = new Node(clock);
        var seven = await new Retry(TimeSpan.FromMinutes(1)).RunAsync("try", clock, node.Host.Log, (number, _) =>
            number < 3 ? throw new FailureException(new Failure("http.busy", "not yet")) : Task.FromResult(7), Ct);
        Assert.Equal((7, 2), (seven, clock.Waits.Count));
    }

    [Fact]
    public async Task Each_retry_tells_attempt_cause_and_next_delay()
    {
        using var node = new Node(clock);
        await new Retry(TimeSpan.FromMinutes(1)).RunAsync("reach it", clock, node.Host.Log, (number, _) =>
            number == 1 ? throw new FailureException(new Failure("http.busy", "not yet")) : Task.FromResult(7), Ct);
        var line = Assert.Single(node.Lines);
        Assert.Contains("reach it: attempt 1 failed (http.busy: not yet); next in ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_wait()
    {
        using var node = new Node();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var waiting = new Retry(TimeSpan.FromHours(1)) { Shortest = TimeSpan.FromMinutes(10), Longest = TimeSpan.FromMinutes(30) }.RunAsync<int>(
            "wait", TimeProvider.System, node.Host.Log, (_, _) => throw new FailureException(new Failure("http.busy", "")), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Every_pause_lies_between_the_shortest_and_the_longest_and_grows_at_most_threefold()
    {
        var retry = new Retry(TimeSpan.FromHours(1));
        for (var walk = 0; walk < 200; walk++)
        {
            var pause = retry.Shortest;
            for (var step = 0; step < 30; step++)
            {
                var next = retry.Next(pause);
                Assert.InRange(next, retry.Shortest, retry.Longest);
                Assert.True(next <= pause * 3 + TimeSpan.FromMilliseconds(1));
                pause = next;
            }
        }
    }

    [Fact]
    public void Pauses_differ_so_that_a_fleet_does_not_come_back_all_at_once()
    {
        var retry = new Retry(TimeSpan.FromHours(1));
        Assert.True(Enumerable.Range(0, 50).Select(_ => retry.Next(TimeSpan.FromSeconds(10))).Distinct().Count() > 40);
    }

    private async Task<(Failure Failure, int Attempts)> FailAsync(TimeSpan deadline, string code)
    {
        using var node = new Node(clock);
        var attempts = 0;
        var thrown = await Assert.ThrowsAsync<FailureException>(() => new Retry(deadline).RunAsync<int>("try", clock, node.Host.Log, (number, _) =>
        {
            attempts = number;
            throw new FailureException(new Failure(code, "no"));
        }, Ct));
        return (thrown.Failure, attempts);
    }
}
