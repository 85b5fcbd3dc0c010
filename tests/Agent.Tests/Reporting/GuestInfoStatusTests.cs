using System.Collections.Concurrent;
using System.Diagnostics;
using Slipway.Hosting;
using Slipway.Lab;
using Slipway.Reporting;

namespace Slipway.Tests.Reporting;

/// <summary>The hypervisor hears how far the node is, and neither its silence nor its refusal costs the run anything.</summary>
public sealed class GuestInfoStatusTests : IDisposable
{
    private static readonly NodeStatus Status = new() { Version = "1", Phase = Phase.Converging, ConfigSha256 = "abc" };
    private readonly Vmx vmx = new();
    private readonly ConcurrentQueue<string> told = new();
    private readonly Node node;

    public GuestInfoStatusTests()
    {
        vmx.Set = (key, value) => told.Enqueue($"{key}={value}");
        node = new Node(vsock: new Vsock(port => new VsockAttempt(vmx.Connect(port, out var errno), "connect", errno)));
        node.Put("/sys/class/dmi/id/product_name", "VMware7,1\n");
    }

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task The_first_and_the_last_state_are_told_and_what_came_between_within_a_second_is_not()
    {
        await using (var teller = Teller())
        {
            teller.Decide(true);
            teller.Tell(Status);
            await UntilAsync(() => told.Count == 1);
            teller.Tell(Status with { Step = "2/11 kernel" });
            teller.Tell(Status with { Phase = Phase.Verifying });
            teller.Tell(Status with { Phase = Phase.Failed, LastError = new ErrorStatus("http.busy", "later", "Wait.") });
        }
        Assert.Equal(["slipway.status=phase=Converging;code=;sha256=abc", "slipway.status=phase=Failed;code=http.busy;sha256=abc"], told);
        Assert.Single(vmx.Ports);
        Assert.Empty(vmx.Complaints);
    }

    [Fact]
    public async Task A_state_that_lasts_is_told_a_second_after_the_one_before()
    {
        await using var teller = Teller();
        teller.Decide(true);
        teller.Tell(Status);
        await UntilAsync(() => told.Count == 1);
        var clock = Stopwatch.StartNew();
        teller.Tell(Status with { Phase = Phase.Joined });
        await UntilAsync(() => told.Count == 2);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 10);
        teller.Tell(Status with { Phase = Phase.Joined, NodeName = "same" });
        await Task.Delay(1200, Ct);
        teller.Tell(Status with { Phase = Phase.Prepared });
        await UntilAsync(() => told.Count == 3);
    }

    [Fact]
    public async Task Nothing_is_told_before_the_configuration_allows_it_and_nothing_at_all_when_it_does_not()
    {
        await using (var teller = Teller())
        {
            teller.Tell(Status);
            await Task.Delay(100, Ct);
            Assert.Empty(vmx.Ports);
            teller.Decide(false);
            teller.Tell(Status with { Phase = Phase.Joined });
        }
        Assert.Empty(vmx.Ports);
    }

    [Fact]
    public async Task A_run_that_fails_before_it_has_a_configuration_tells_why()
    {
        await using (var teller = Teller())
        {
            teller.Tell(Status with { Phase = Phase.Failed, ConfigSha256 = "", LastError = new ErrorStatus("config.syntax", "", "") });
        }
        Assert.Equal(["slipway.status=phase=Failed;code=config.syntax;sha256="], told);
    }

    [Fact]
    public async Task A_run_that_had_nothing_to_tell_does_not_connect()
    {
        await using (Teller())
        {
        }
        Assert.Empty(vmx.Ports);
    }

    [Fact]
    public async Task Silence_costs_two_seconds_at_the_end_and_no_more()
    {
        vmx.StallsAfter = 0;
        var clock = Stopwatch.StartNew();
        await using (var teller = Teller())
        {
            teller.Decide(true);
            teller.Tell(Status);
            teller.Tell(Status with { Phase = Phase.Joined });
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), "telling waits for nothing");
        }
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 8);
    }

    [Fact]
    public async Task Failures_are_told_once_and_only_to_those_who_look_closely()
    {
        vmx.Say = _ => "0 Permission denied";
        await using (var teller = Teller())
        {
            teller.Decide(true);
            teller.Tell(Status);
            await UntilAsync(() => vmx.Requests.Count == 1);
            teller.Tell(Status with { Phase = Phase.Joined });
        }
        Assert.Equal(2, vmx.Requests.Count);
        Assert.Single(node.Lines, line => line.Contains("guestinfo.slipway.status could not be set", StringComparison.Ordinal));
    }

    [Fact]
    public void Elsewhere_than_on_VMware_there_is_nobody_to_tell()
    {
        Assert.Null(GuestInfoStatus.For(node.Host, Wanted.Facts));
        using var image = new Node();
        Assert.Null(GuestInfoStatus.For(image.Host, Wanted.Facts with { ProductName = "VMware7,1" }));
    }

    [Fact]
    public async Task What_the_report_says_the_hypervisor_hears()
    {
        await using (var teller = Teller())
        {
            var report = new Report(node.Host.Log, node.Host.Clock, _ => { }, _ => { }, Status, teller);
            report.TellHypervisor(true);
            report.Update(s => s with { Phase = Phase.Joined });
        }
        Assert.Equal(["slipway.status=phase=Joined;code=;sha256=abc"], told);
    }

    private GuestInfoStatus Teller() => GuestInfoStatus.For(node.Host, Wanted.Facts with { ProductName = "VMware7,1" })!;

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 500, "never came true");
            await Task.Delay(20, Ct);
        }
    }
}
