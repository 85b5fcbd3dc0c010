using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace Slipway.Reporting;

/// <summary>Log lines on standard error: for people on a terminal, with <c>&lt;N&gt;</c> priorities for whoever reads a service's pipe.</summary>
/// <param name="writer">Standard error.</param>
/// <param name="priorities">Whether to put syslog's priority before each line (sd-daemon(3)).</param>
/// <param name="colour">Whether warnings and errors stand out.</param>
/// <param name="progress">The bars below the lines; null for none.</param>
internal sealed class StandardErrorSink(TextWriter writer, bool priorities, bool colour, ProgressBars? progress = null) : ILogEventSink
{
    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        if (progress is null)
        {
            Write(logEvent);
        }
        else
        {
            progress.Above(() => Write(logEvent));
        }
    }

    private void Write(LogEvent logEvent)
    {
        var prefix = priorities ? $"<{JournalSink.Priority(logEvent.Level)}>" : "";
        var (on, off) = colour ? Colour(logEvent.Level) : ("", "");
        foreach (var line in logEvent.RenderMessage(CultureInfo.InvariantCulture).Split('\n'))
        {
            writer.WriteLine($"{prefix}{on}{line}{off}");
        }
    }

    private static (string On, string Off) Colour(LogEventLevel level) => level switch
    {
        >= LogEventLevel.Error => ("\e[31m", "\e[0m"),
        LogEventLevel.Warning => ("\e[33m", "\e[0m"),
        LogEventLevel.Debug or LogEventLevel.Verbose => ("\e[2m", "\e[0m"),
        _ => ("", ""),
    };
}
