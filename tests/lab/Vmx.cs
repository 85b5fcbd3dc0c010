using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Lab;

/// <summary>
/// Stands in for a VMX, the hypervisor's end of RPCI: reads DataMap packets from a stream, answers <c>info-get</c> and <c>info-set</c> as VMware's does.
/// Strict: whatever a real client would not send is a complaint, and the connection ends. Faults on order.
/// </summary>
/// <remarks>One self-contained file: the lab, the unit tests and the program inside a machine (tests/stubs) share it.</remarks>
public sealed class Vmx
{
    private const int LongestRequest = 64 * 1024;
    private readonly ConcurrentDictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<string> requests = new();
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly ConcurrentQueue<uint> ports = new();

    /// <summary>Reads a value by its name without <c>guestinfo.</c>; null when it is not set.</summary>
    public Func<string, string?> Get { get; set; }

    /// <summary>Sets a value.</summary>
    public Action<string, string> Set { get; set; }

    /// <summary>How many connections are reset before one is taken.</summary>
    public int Resets { get; set; }

    /// <summary>Source ports that somebody else has.</summary>
    public ISet<uint> TakenPorts { get; } = new HashSet<uint>();

    /// <summary>Whether the guest's kernel refuses ports below 1024.</summary>
    public bool RefusesPrivilegedPorts { get; set; }

    /// <summary>Whether requests from ports above 1023 are denied: <c>guest_rpc.rpci.auth.cmd.info-get = TRUE</c>.</summary>
    public bool Authenticates { get; set; }

    /// <summary>Whether every reply ends the connection.</summary>
    public bool ClosesAfterReply { get; set; }

    /// <summary>How many requests a connection is good for; the next is read and not answered, and the connection ends.</summary>
    public int RequestsPerConnection { get; set; } = int.MaxValue;

    /// <summary>Whether replies come one byte at a time.</summary>
    public bool Dribbles { get; set; }

    /// <summary>How many bytes of a reply come before nothing more does; negative for all.</summary>
    public int StallsAfter { get; set; } = -1;

    /// <summary>Makes another packet of a reply's before it is sent.</summary>
    public Func<byte[], byte[]> Mangle { get; set; } = packet => packet;

    /// <summary>Makes another text of a reply's.</summary>
    public Func<string, string> Say { get; set; } = reply => reply;

    /// <summary>The commands that came, in their order.</summary>
    public IReadOnlyList<string> Requests => [.. requests];

    /// <summary>What a real client would not have sent.</summary>
    public IReadOnlyList<string> Complaints => [.. complaints];

    /// <summary>The source ports of the connections that were taken, in their order.</summary>
    public IReadOnlyList<uint> Ports => [.. ports];

    public Vmx()
    {
        Get = values.GetValueOrDefault;
        Set = (key, value) => values[key] = value;
    }

    /// <summary>Connects as a guest's kernel would, from a port; null with an errno.</summary>
    public Stream? Connect(uint port, out int errno)
    {
        const int Denied = 13, Taken = 98, Reset = 104;
        errno = port < 1024 && RefusesPrivilegedPorts ? Denied : TakenPorts.Contains(port) ? Taken : Resets-- > 0 ? Reset : 0;
        if (errno != 0)
        {
            return null;
        }
        string path = Path.Join(Path.GetTempPath(), $"vmx-{Guid.NewGuid():N}");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        Socket guest = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        guest.Connect(new UnixDomainSocketEndPoint(path));
        NetworkStream own = new(listener.Accept(), ownsSocket: true);
        File.Delete(path);
        _ = Task.Run(() => ServeAsync(own, port, CancellationToken.None));
        return new NetworkStream(guest, ownsSocket: true);
    }

    /// <summary>Serves one connection to its end.</summary>
    /// <param name="stream">The connection; closed at its end.</param>
    /// <param name="port">The guest's port.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task ServeAsync(Stream stream, uint port, CancellationToken ct)
    {
        ports.Enqueue(port);
        try
        {
            await using (stream.ConfigureAwait(false))
            {
                for (int served = 0; await ReadAsync(stream, ct).ConfigureAwait(false) is { } request; served++)
                {
                    requests.Enqueue(request.Command);
                    if (served >= RequestsPerConnection)
                    {
                        return;
                    }
                    await SendAsync(stream, Mangle(Packet(Say(Answer(request.Command, port)))), ct).ConfigureAwait(false);
                    if (ClosesAfterReply || request.IsLast)
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The guest went away.
        }
    }

    /// <summary>A reply's packet.</summary>
    public static byte[] Packet(string reply) => Packet(Field(1, 1, Number(1)), Field(2, 2, Text(reply)));

    /// <summary>A packet of any fields.</summary>
    public static byte[] Packet(params byte[][] fields)
    {
        byte[] body = [.. fields.SelectMany(field => field)];
        return [.. Word((uint)body.Length), .. body];
    }

    /// <summary>A field.</summary>
    public static byte[] Field(uint type, uint id, byte[] value) => [.. Word(type), .. Word(id), .. value];

    /// <summary>An INT64's value: the low word first.</summary>
    public static byte[] Number(ulong value) => [.. Word((uint)value), .. Word((uint)(value >> 32))];

    /// <summary>A STRING's value.</summary>
    public static byte[] Text(string text) => [.. Word((uint)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>A big-endian word.</summary>
    public static byte[] Word(uint value)
    {
        byte[] word = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        return word;
    }

    private string Answer(string command, uint port)
    {
        if (Authenticates && port > 1023)
        {
            return "0 Permission denied";
        }
        switch (command.Split(' ', 3))
        {
            case ["info-get", var key] when key.StartsWith("guestinfo.", StringComparison.OrdinalIgnoreCase):
                return Get(key["guestinfo.".Length..]) is { } value ? "1 " + value : "0 No value found";
            case ["info-set", var key, { Length: > 0 } text] when key.StartsWith("guestinfo.", StringComparison.OrdinalIgnoreCase):
                Set(key["guestinfo.".Length..], text);
                return "1 ";
            default:
                complaints.Enqueue($"no such command: {command}");
                return "0 Unknown command";
        }
    }

    private async Task SendAsync(Stream stream, byte[] packet, CancellationToken ct)
    {
        int step = Dribbles ? 1 : Math.Max(1, packet.Length);
        for (int at = 0; at < packet.Length; at += step)
        {
            if (StallsAfter >= 0 && at + step > StallsAfter)
            {
                await stream.WriteAsync(packet.AsMemory(at, StallsAfter - at), ct).ConfigureAwait(false);
                // Until the guest has had enough.
                _ = await stream.ReadAsync(new byte[1], ct).ConfigureAwait(false);
                return;
            }
            await stream.WriteAsync(packet.AsMemory(at, step), ct).ConfigureAwait(false);
        }
    }

    private async Task<Request?> ReadAsync(Stream stream, CancellationToken ct)
    {
        byte[] length = new byte[4];
        if (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, ct).ConfigureAwait(false) < 4)
        {
            return null;
        }
        uint size = BinaryPrimitives.ReadUInt32BigEndian(length);
        if (size is 0 or > LongestRequest)
        {
            return Refuse($"a packet of {size} bytes");
        }
        byte[] body = new byte[size];
        await stream.ReadExactlyAsync(body, ct).ConfigureAwait(false);
        (string? command, bool isData, bool isLast) = (null, false, false);
        for (int at = 0; at < body.Length;)
        {
            if (body.Length - at < 16)
            {
                return Refuse("a packet that ends inside a field");
            }
            (uint type, uint id, uint first) = (Read(body, at), Read(body, at + 4), Read(body, at + 8));
            at += 12;
            switch (type, id)
            {
                case (1, 1) when first == 1 && Read(body, at) == 0 && !isData:
                    (isData, at) = (true, at + 4);
                    break;
                case (1, 3) when first <= 1 && Read(body, at) == 0:
                    (isLast, at) = (first == 1, at + 4);
                    break;
                case (2, 2) when first > 0 && first <= body.Length - at && command is null:
                    command = Encoding.UTF8.GetString(body, at, (int)first);
                    at += (int)first;
                    break;
                default:
                    return Refuse($"field {id} of type {type}");
            }
        }
        return command is not null && isData ? new Request(command, isLast) : Refuse("a packet without type or payload");
    }

    private Request? Refuse(string what)
    {
        complaints.Enqueue(what);
        return null;
    }

    private static uint Read(byte[] body, int at) => BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at));

    private sealed record Request(string Command, bool IsLast);
}
