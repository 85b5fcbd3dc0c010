namespace Slipway.Lab;

/// <summary>A service that machines know by an address of their own link, such as EC2's metadata service, played by a server on this host.</summary>
public static class LinkLocal
{
    /// <summary>What makes a port of such an address lead to a server here, from early in the boot on; nothing on this host changes.</summary>
    /// <param name="address">The address that the machine asks: <c>169.254.169.254</c>.</param>
    /// <param name="port">The port that it asks.</param>
    /// <param name="host">This host as the machine sees it.</param>
    /// <param name="server">The server's port.</param>
    public static IReadOnlyList<GuestFile> Files(string address, int port, string host, int server)
    {
        string unit = $"/etc/systemd/system/slipway-lab-{address}-{port}.service";
        return
        [
            new GuestFile.Text(unit, $"""
                [Unit]
                Before=network-online.target
                After=network.target
                [Service]
                Type=exec
                ExecStartPre=ip address add {address}/32 dev lo
                ExecStart=socat TCP-LISTEN:{port},bind={address},fork,reuseaddr TCP:{host}:{server}
                """, GuestFile.PublicFile),
            new GuestFile.Link($"/etc/systemd/system/multi-user.target.wants/{Path.GetFileName(unit)}", unit),
        ];
    }
}
