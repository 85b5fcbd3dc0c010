using System.Globalization;

namespace Slipway.Reporting;

/// <summary>How far one download has come.</summary>
/// <param name="bars">The others.</param>
/// <param name="name">What is downloaded.</param>
/// <param name="clock">Time.</param>
internal sealed class ProgressBar(ProgressBars bars, string name, TimeProvider clock) : IDisposable
{
    private const double Mebi = 1 << 20;

    private long started;
    private long first;
    private long bytes;
    private long? total;
    private bool isRunning;

    /// <summary>A connection stands.</summary>
    /// <param name="have">Bytes that are there already.</param>
    /// <param name="whole">Bytes of the whole; null when nobody knows.</param>
    public void Restart(long have, long? whole)
    {
        (started, first, bytes, total, isRunning) = (clock.GetTimestamp(), have, have, whole, true);
        bars.Update();
    }

    /// <summary>More bytes came.</summary>
    public void Add(int count)
    {
        bytes += count;
        bars.Update();
    }

    /// <summary>The bar in words, no longer than a line; null before there is anything to show.</summary>
    public string? Line(int width)
    {
        if (!isRunning)
        {
            return null;
        }
        var speed = (bytes - first) / Math.Max(clock.GetElapsedTime(started).TotalSeconds, 0.001);
        var figures = total is { } all and > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * bytes / all,3}% {bytes / Mebi,7:0.0} of {all / Mebi:0.0} MiB {speed / Mebi,6:0.0} MiB/s {Left(all - bytes, speed)}")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebi,7:0.0} MiB {speed / Mebi,6:0.0} MiB/s");
        var room = Math.Clamp(width - 1 - 22 - figures.Length - 4, 0, 30);
        var full = total is { } of and > 0 ? (int)Math.Min(room, room * bytes / of) : 0;
        var line = $"{name,-21} {(room > 4 ? $"[{new string('=', full)}{new string(' ', room - full)}] " : "")}{figures}";
        return line.Length < width ? line : line[..Math.Max(0, width - 1)];
    }

    /// <inheritdoc/>
    public void Dispose() => bars.End(this);

    private static string Left(long rest, double speed) => speed < 1 ? "" : rest / speed is var seconds and < 3600
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60}:{(int)seconds % 60:00} left")
        : "over an hour left";
}
