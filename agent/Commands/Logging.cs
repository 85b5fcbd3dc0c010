using Serilog;
using Serilog.Events;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>Where the log goes: to journald in a service, else to standard error.</summary>
internal static class Logging
{
    /// <summary>Makes the logger.</summary>
    /// <param name="level">From which level on.</param>
    /// <param name="service">Whether this command is what the service runs: its lines carry priorities where no journal listens.</param>
    /// <param name="colour">Whether colour is allowed on a terminal.</param>
    /// <param name="progress">What shows running downloads below the lines; null where nobody looks.</param>
    public static ILogger Create(LogEventLevel level, bool service, bool colour, out ProgressBars? progress)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Is(level);
        var terminal = !Console.IsErrorRedirected;
        progress = terminal && Terminal.HasCursor ? new ProgressBars(Console.Error, TimeProvider.System, () => Terminal.Width) : null;
        configuration = service && Datagrams.ToJournal() is { } journal
            ? configuration.WriteTo.Sink(new JournalSink(journal))
            : configuration.WriteTo.Sink(new StandardErrorSink(Console.Error, service && !terminal, colour && terminal, progress));
        return configuration.CreateLogger();
    }
}
