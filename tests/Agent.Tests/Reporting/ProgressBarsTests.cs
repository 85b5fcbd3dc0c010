using Slipway.Reporting;

namespace Slipway.Tests.Reporting;

/// <summary>Running downloads stand at the end of a terminal, below all lines, and are gone when they are done.</summary>
public sealed class ProgressBarsTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly StringWriter terminal = new();

    public void Dispose() => terminal.Dispose();

    [Fact]
    public void A_bar_says_how_much_how_fast_and_how_long()
    {
        var bars = new ProgressBars(terminal, clock, () => 100);
        using var bar = bars.Begin("kubelet 1.36.2");
        bar.Restart(0, 40 << 20);
        clock.Advance(TimeSpan.FromSeconds(2));
        bar.Add(10 << 20);
        var line = bar.Line(100)!;
        Assert.StartsWith("kubelet 1.36.2", line, StringComparison.Ordinal);
        Assert.EndsWith("25%    10.0 of 40.0 MiB    5.0 MiB/s 0:06 left", line, StringComparison.Ordinal);
        Assert.True(bar.Line(30)!.Length < 30);
    }

    [Fact]
    public void It_is_drawn_ten_times_a_second_at_most_and_wiped_at_the_end()
    {
        var bars = new ProgressBars(terminal, clock, () => 80);
        using (var bar = bars.Begin("runc"))
        {
            bar.Restart(0, 10_000);
            for (var i = 0; i < 1000; i++)
            {
                clock.Advance(TimeSpan.FromMilliseconds(1));
                bar.Add(10);
            }
        }
        var text = terminal.ToString();
        Assert.InRange(text.Split("runc").Length - 1, 5, 12);
        Assert.EndsWith("\e[1A\r\e[J", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_the_log_go_above_the_bars()
    {
        var bars = new ProgressBars(terminal, clock, () => 80);
        using var bar = bars.Begin("runc");
        bar.Restart(0, 10);
        bars.Above(() => terminal.WriteLine("a line"));
        var text = terminal.ToString();
        Assert.Matches(@"runc.*\n\x1b\[J\x1b\[1A\r\x1b\[Ja line\nrunc", text);
    }

    [Fact]
    public void Without_a_download_nothing_is_written()
    {
        new ProgressBars(terminal, clock, () => 80).Above(() => { });
        Assert.Empty(terminal.ToString());
    }
}
