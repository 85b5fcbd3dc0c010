using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Hosting;

/// <summary>The way to a VMware hypervisor: a vsock connection from a privileged port, which is all the authentication that RPCI knows.</summary>
/// <remarks>The order of attempts is that of open-vm-tools' <c>simpleSocket.c</c>. The ports that were used are remembered: one that was just
/// closed is not free yet on the other side, which resets the next connection from it (open-vm-tools issue 692).</remarks>
/// <param name="attempt">Tries to connect once, from a port; blocks for 2 s at most.</param>
internal sealed partial class Vsock(Func<uint, VsockAttempt> attempt)
{
    /// <summary><c>VMADDR_PORT_ANY</c>: an unprivileged port of the kernel's choice.</summary>
    public const uint AnyPort = uint.MaxValue;

    private const uint FirstPort = 1023;
    private const int MostResets = 8;
    private const int MostBusy = 5;

    private const int EPERM = 1;
    private const int EINTR = 4;
    private const int EACCES = 13;
    private const int ENODEV = 19;
    private const int EAFNOSUPPORT = 97;
    private const int EADDRINUSE = 98;
    private const int ECONNRESET = 104;
    private const int ENOBUFS = 105;

    private uint port = FirstPort;
    private bool hasConnected;
    private bool hasLoaded;

    /// <summary>Whether the operator knows that there is nobody.</summary>
    public bool IsToldUnavailable { get; set; }

    /// <summary>The way to port 976 of a context.</summary>
    /// <param name="contextId">0 for the hypervisor; 1 is this machine itself.</param>
    public Vsock(uint contextId)
        : this(from => Connect(contextId, from))
    {
    }

    /// <summary>Whether there is somebody who resets every connection: <c>guest_rpc.rpci.usevsocket = FALSE</c>.</summary>
    public bool IsReset { get; private set; }

    /// <summary>How long a reply may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether connections come from privileged ports; false once the kernel refused one.</summary>
    public bool IsPrivileged { get; private set; } = true;

    /// <summary>Why there is nobody to connect to; null while that is not known. It is found out once.</summary>
    public string? Unavailable { get; private set; }

    /// <summary>Finds out anew whether there is anybody: at boot, what connects us may come late.</summary>
    public void LookAgain() => Unavailable = null;

    /// <summary>Connects; null where there is no vsock, or nobody at its other end (<see cref="Unavailable"/>).</summary>
    /// <exception cref="RpciException">There was somebody, who does not let us in any more.</exception>
    public async Task<Stream?> ConnectAsync(Host host, CancellationToken ct)
    {
        var (resets, busy, tries) = (0, 0, 0);
        while (Unavailable is null)
        {
            var from = IsPrivileged ? port : AnyPort;
            var tried = await Task.Run(() => attempt(from), ct);
            if (tried.Stream is not null)
            {
                hasConnected = true;
                NextPort();
                return tried.Stream;
            }
            switch (tried.Errno)
            {
                case EADDRINUSE when IsPrivileged && tries++ < FirstPort:
                    NextPort();
                    break;
                case ECONNRESET when resets < MostResets:
                    NextPort();
                    await Task.Delay(TimeSpan.FromMilliseconds(100 * ++resets), host.Clock, ct);
                    break;
                case ECONNRESET:
                    // What it does with all of them where it wants none over vsock; the tools have another way then, which takes no authentication along.
                    var reset = $"the hypervisor reset {resets + 1} connections, each from another port; with guest_rpc.rpci.usevsocket FALSE it resets them all";
                    IsReset = true;
                    Unavailable = hasConnected ? throw new RpciException(reset) : reset;
                    break;
                case EINTR when tries++ < FirstPort:
                    break;
                case ENOBUFS when busy++ < MostBusy:
                    await Task.Delay(TimeSpan.FromMilliseconds(1), host.Clock, ct);
                    break;
                case EACCES or EPERM when tried.Call == "bind" && IsPrivileged:
                    IsPrivileged = false;
                    break;
                case EAFNOSUPPORT or ENODEV when !hasLoaded:
                    // A kernel that has vsock for another reason does not load VMware's transport by itself.
                    hasLoaded = true;
                    await host.Processes.RunAsync(new Command("modprobe", "vmw_vsock_vmci_transport") { Deadline = TimeSpan.FromSeconds(10) }, ct);
                    break;
                default:
                    var why = $"{tried.Call}: {Marshal.GetPInvokeErrorMessage(tried.Errno)}";
                    // Who has answered once is there: going another way from now on would be a downgrade.
                    Unavailable = hasConnected ? throw new RpciException($"the hypervisor takes no more connections ({why})") : why;
                    break;
            }
        }
        return null;
    }

    private void NextPort() => port = port > 1 ? port - 1 : FirstPort;

    private static VsockAttempt Connect(uint contextId, uint from)
    {
        const int Family = 40; // AF_VSOCK
        const int Stream = 1 | 0x80000; // SOCK_STREAM | SOCK_CLOEXEC
        const uint AnyContext = uint.MaxValue;
        const uint RpciPort = 976;
        var descriptor = socket(Family, Stream, 0);
        if (descriptor < 0)
        {
            return Failed("socket");
        }
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        var (five, two) = (new Time { Seconds = 5 }, new Time { Seconds = 2 });
        var length = (uint)Marshal.SizeOf<Time>();
        // SOL_SOCKET's SO_RCVTIMEO and SO_SNDTIMEO; AF_VSOCK's SO_VM_SOCKETS_CONNECT_TIMEOUT. Where one is not known its default serves.
        _ = setsockopt(handle, 1, 20, in five, length);
        _ = setsockopt(handle, 1, 21, in five, length);
        _ = setsockopt(handle, Family, 6, in two, length);
        var local = new Address { Family = Family, Port = from, Context = AnyContext };
        var remote = new Address { Family = Family, Port = RpciPort, Context = contextId };
        var failed = bind(handle, in local, 16) < 0 ? Failed("bind") : connect(handle, in remote, 16) < 0 ? Failed("connect") : null;
        if (failed is not null)
        {
            handle.Dispose();
            return failed;
        }
        return new VsockAttempt(new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0), "", 0);

        static VsockAttempt Failed(string call) => new(null, call, Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(SafeFileHandle descriptor, in Address address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeFileHandle descriptor, in Address address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(SafeFileHandle descriptor, int level, int option, in Time value, uint length);

    /// <summary><c>struct sockaddr_vm</c>, 16 bytes in the machine's own byte order.</summary>
    private struct Address
    {
        public ushort Family;
        public ushort Reserved;
        public uint Port;
        public uint Context;
        public uint FlagsAndZero;
    }

    /// <summary><c>struct timeval</c> of a 64-bit machine.</summary>
    private struct Time
    {
        public long Seconds;
        public long Microseconds;
    }
}

/// <summary>What one attempt to connect came to.</summary>
/// <param name="Stream">The connection; null where there is none.</param>
/// <param name="Call">The system call that failed: <c>socket</c>, <c>bind</c> or <c>connect</c>.</param>
/// <param name="Errno">Its errno.</param>
internal sealed record VsockAttempt(Stream? Stream, string Call, int Errno);
