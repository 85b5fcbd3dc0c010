using System.Net.Sockets;

namespace Slipway.Stubs.Kubelet;

/// <summary>Tells systemd that the service is up, where it asks (sd_notify(3)).</summary>
internal static class SdNotify
{
    /// <summary>Sends READY=1.</summary>
    public static void Ready()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
        {
            return;
        }
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        socket.Send("READY=1"u8);
    }
}
