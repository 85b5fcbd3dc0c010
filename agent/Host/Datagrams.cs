using System.Net.Sockets;
using System.Text;

namespace Slipway.Hosting;

/// <summary>Datagrams to local sockets: systemd's notify socket and journald's.</summary>
internal static class Datagrams
{
    private const string JournalPath = "/run/systemd/journal/socket";

    /// <summary>A sender to <c>$NOTIFY_SOCKET</c>; does nothing where that is not set.</summary>
    public static Action<string> ToServiceManager() =>
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 } address
            // '@' marks the abstract namespace (sd_notify(3)).
            ? message => Send(address[0] == '@' ? "\0" + address[1..] : address, Encoding.UTF8.GetBytes(message))
            : _ => { };

    /// <summary>A sender to journald; null where standard error does not lead there (systemd.exec(5), <c>$JOURNAL_STREAM</c>).</summary>
    public static Action<byte[]>? ToJournal() =>
        // DEVICE:INODE of the stream; children inherit the variable, and standard error may lead elsewhere by then.
        Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is [_, var inode]
        && new FileInfo("/proc/self/fd/2").LinkTarget == $"socket:[{inode}]" && File.Exists(JournalPath)
            ? message => Send(JournalPath, message)
            : null;

    private static void Send(string path, byte[] message)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(message, new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            // Nobody listens any more. What we report must never stop what we do.
        }
    }
}
