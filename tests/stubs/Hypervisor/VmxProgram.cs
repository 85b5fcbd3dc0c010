using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Slipway.Lab;

namespace Slipway.Stubs.Hypervisor;

/// <summary>The hypervisor's end of RPCI inside a machine: listens on vsock, port 976, and keeps each guestinfo value in a file of a folder.</summary>
/// <remarks>On context 1 (<c>modprobe vsock_loopback</c>) a machine is its own hypervisor. Standard output has a line a connection and a request.</remarks>
internal static partial class VmxProgram
{
    private const int Family = 40; // AF_VSOCK
    private const uint RpciPort = 976;

    /// <summary>Serves until it is killed.</summary>
    /// <param name="args">The folder; then <c>--authenticate</c>, if unprivileged ports are to be denied.</param>
    public static int Run(string[] args)
    {
        if (args is not ([_] or [_, "--authenticate"]))
        {
            Console.Error.WriteLine("vmx stand-in: expected FOLDER [--authenticate]");
            return 64;
        }
        string folder = args[0];
        Vmx vmx = new() { Authenticates = args.Length > 1 };
        vmx.Get = key => File.Exists(Path.Join(folder, key)) ? File.ReadAllText(Path.Join(folder, key)) : null;
        vmx.Set = (key, value) => File.WriteAllText(Path.Join(folder, key), value);
        vmx.Say = reply =>
        {
            Console.WriteLine(vmx.Requests[^1]);
            return reply;
        };
        int listener = socket(Family, 1 | 0x80000, 0); // SOCK_STREAM | SOCK_CLOEXEC
        Address local = new() { Family = Family, Port = RpciPort, Context = uint.MaxValue };
        if (listener < 0 || bind(listener, in local, 16) < 0 || listen(listener, 8) < 0)
        {
            Console.Error.WriteLine($"vmx stand-in: {Marshal.GetLastPInvokeErrorMessage()}");
            return 1;
        }
        Console.WriteLine("listening");
        while (true)
        {
            Address guest = default;
            uint length = 16;
            int connection = accept(listener, ref guest, ref length);
            if (connection < 0)
            {
                continue;
            }
            uint port = guest.Port;
            Console.WriteLine($"connection from port {port}");
            FileStream stream = new(new SafeFileHandle(connection, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
            _ = Task.Run(async () =>
            {
                await vmx.ServeAsync(stream, port, CancellationToken.None).ConfigureAwait(false);
                foreach (string complaint in vmx.Complaints)
                {
                    Console.WriteLine($"complaint: {complaint}");
                }
            });
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, in Address address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(int descriptor, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept(int descriptor, ref Address address, ref uint length);

    /// <summary><c>struct sockaddr_vm</c>.</summary>
    private struct Address
    {
        public ushort Family;
        public ushort Reserved;
        public uint Port;
        public uint Context;
        public uint FlagsAndZero;
    }
}
