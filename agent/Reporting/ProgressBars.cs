using System.Globalization;
using System.Text;

namespace Slipway.Reporting;

/// <summary>The downloads that run now, each on a line at the end of a terminal. Lines of the log go above them.</summary>
/// <param name="terminal">Standard error.</param>
/// <param name="clock">Time.</param>
/// <param name="width">Columns of the terminal.</param>
internal sealed class ProgressBars(TextWriter terminal, TimeProvider clock, Func<int> width)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<ProgressBar> bars = [];
    private int drawn;
    private long last;

    /// <summary>Shows one more.</summary>
    /// <param name="name">What is downloaded.</param>
    /// <returns>Told of the bytes as they come; dispose it when there are no more.</returns>
    public ProgressBar Begin(string name)
    {
        var bar = new ProgressBar(this, name, clock);
        lock (gate)
        {
            bars.Add(bar);
        }
        return bar;
    }

    /// <summary>Writes something else to the terminal, above the bars.</summary>
    public void Above(Action write)
    {
        lock (gate)
        {
            Wipe();
            write();
            Draw();
        }
    }

    /// <summary>Draws anew, at most ten times a second.</summary>
    internal void Update()
    {
        lock (gate)
        {
            if (drawn == 0 || clock.GetElapsedTime(last) >= Shortest)
            {
                Draw();
            }
        }
    }

    /// <summary>Shows one less.</summary>
    internal void End(ProgressBar bar)
    {
        lock (gate)
        {
            Wipe();
            bars.Remove(bar);
            Draw();
        }
    }

    private void Wipe()
    {
        if (drawn > 0)
        {
            // Up to the first bar, and away with all that follows.
            terminal.Write(string.Create(CultureInfo.InvariantCulture, $"\e[{drawn}A\r\e[J"));
            drawn = 0;
        }
    }

    private void Draw()
    {
        if (drawn == 0 && bars.Count == 0)
        {
            return;
        }
        var text = new StringBuilder();
        if (drawn > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\e[{drawn}A\r");
        }
        drawn = 0;
        foreach (var bar in bars)
        {
            if (bar.Line(width()) is { } line)
            {
                text.Append(line).Append("\e[K\n");
                drawn++;
            }
        }
        terminal.Write(text.Append("\e[J"));
        last = clock.GetTimestamp();
    }
}
