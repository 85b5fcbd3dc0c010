using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;

namespace Slipway.Reporting;

/// <summary>Serilog events in journald's native protocol: one datagram an event, one field a property.</summary>
/// <remarks>Format: systemd.io/JOURNAL_NATIVE_PROTOCOL. A value with a line break is framed by its length instead of an equals sign.</remarks>
/// <param name="send">Delivers one datagram to <c>/run/systemd/journal/socket</c>.</param>
internal sealed class JournalSink(Action<byte[]> send) : ILogEventSink
{
    /// <summary>Below the smallest usual datagram limit (212,992 bytes of socket buffer), so that no memfd is ever needed.</summary>
    private const int LongestMessage = 64 * 1024;

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent) => send(Format(logEvent));

    /// <summary>The datagram for an event.</summary>
    public static byte[] Format(LogEvent logEvent)
    {
        var message = logEvent.RenderMessage(CultureInfo.InvariantCulture);
        if (logEvent.Exception is { } exception)
        {
            message += Environment.NewLine + exception;
        }
        if (message.Length > LongestMessage)
        {
            message = message[..LongestMessage] + " … (cut)";
        }
        using var datagram = new MemoryStream();
        Field(datagram, "MESSAGE", message);
        Field(datagram, "PRIORITY", Priority(logEvent.Level).ToString(CultureInfo.InvariantCulture));
        Field(datagram, "SYSLOG_IDENTIFIER", "slipway");
        foreach (var (name, value) in logEvent.Properties)
        {
            if (IsFieldName(name) && value is ScalarValue scalar)
            {
                Field(datagram, name, Convert.ToString(scalar.Value, CultureInfo.InvariantCulture) ?? "");
            }
        }
        return datagram.ToArray();
    }

    /// <summary>syslog's number for a level: 7 debug … 2 critical.</summary>
    public static int Priority(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => 7,
        LogEventLevel.Information => 6,
        LogEventLevel.Warning => 4,
        LogEventLevel.Error => 3,
        _ => 2,
    };

    private static bool IsFieldName(string name) =>
        name.Length is > 0 and <= 64 && name[0] is >= 'A' and <= 'Z' && name.All(c => c is >= 'A' and <= 'Z' or >= '0' and <= '9' or '_');

    private static void Field(MemoryStream datagram, string name, string value)
    {
        datagram.Write(Encoding.UTF8.GetBytes(name));
        var bytes = Encoding.UTF8.GetBytes(value);
        if (value.Contains('\n', StringComparison.Ordinal))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
            datagram.WriteByte((byte)'\n');
            datagram.Write(length);
        }
        else
        {
            datagram.WriteByte((byte)'=');
        }
        datagram.Write(bytes);
        datagram.WriteByte((byte)'\n');
    }
}
