using System.Buffers.Binary;
using System.IO.Compression;

namespace Slipway.Config;

/// <summary>
/// Unpacks gzip (RFC 1952) strictly: every member's checksum and length are compared, and nothing may follow the last one.
/// The runtime's own gzip stream passes over what is cut off or appended, so the members are walked here.
/// </summary>
internal static class GzipMembers
{
    /// <summary>What <see cref="Unpack"/> says when the limit is passed.</summary>
    public const string TooLarge = "the data unpacks to more than 16 MiB";

    // Each costs an inflater of its own.
    private const int MostMembers = 1000;
    private const int Large = 256 * 1024;
    private const string Damaged = "the gzip data is damaged or cut short";
    private static readonly uint[] CrcTable = CrcEntries();

    /// <summary>The first two bytes of gzip data.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    /// <summary>Unpacks all members, one after the other.</summary>
    /// <param name="packed">The gzip data.</param>
    /// <param name="most">The most bytes to unpack; more is refused, not read.</param>
    /// <param name="wrong">Why there is no result, or null.</param>
    public static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, int most, out string? wrong)
    {
        // Nearly all gzip data is one member, which then ends where the data does, and says its size there: only if that is not so are the
        // members' ends looked for. What says that it is too large is believed once it was, and until then kept nowhere.
        byte[] output = [];
        uint says = packed.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(packed.Span[^4..]);
        if (says > most && SkipHeader(packed.Span, 0) is { } body && body <= packed.Length - 8)
        {
            output = new byte[64 * 1024];
            int length = 0;
            wrong = Inflate(packed[body..^8], most, ref output, ref length, 64 * 1024, out _, keeps: false);
            if (wrong == TooLarge)
            {
                return default;
            }
        }
        else
        {
            // Deflate packs 1032 times at best. A large one has all the room that there is: memory that is not written to costs nothing, copies do.
            long room = Math.Min(says, packed.Length * 1032L) + 1;
            output = new byte[room > Large ? most : room];
            ReadOnlyMemory<byte> unpacked = Unpack(packed, most, isOne: true, ref output, out wrong);
            if (wrong is null or TooLarge)
            {
                return unpacked;
            }
        }

        return Unpack(packed, most, isOne: false, ref output, out wrong);
    }

    private static ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, int most, bool isOne, ref byte[] output, out string? wrong)
    {
        ReadOnlySpan<byte> data = packed.Span;
        int length = 0;
        int at = 0;
        for (int members = 0; at < data.Length; members++)
        {
            if (members == MostMembers)
            {
                wrong = $"the gzip data has more than {MostMembers} members";
                return default;
            }

            if (SkipHeader(data, at) is not { } body || body > data.Length - 8)
            {
                wrong = at == 0 ? "the gzip header is damaged or cut short" : "something that is not gzip follows the gzip data";
                return default;
            }

            int start = length;
            wrong = isOne ? Inflate(packed[body..^8], most, ref output, ref length, 64 * 1024, out int read)
                : Inflate(packed[body..], most, ref output, ref length, 1, out read);
            at = isOne ? data.Length - 8 : body + read;
            if (wrong is null && data.Length - at < 8)
            {
                wrong = Damaged;
            }

            if (wrong is not null)
            {
                return default;
            }

            ReadOnlySpan<byte> member = output.AsSpan(start, length - start);
            if (BinaryPrimitives.ReadUInt32LittleEndian(data[at..]) != Crc(member)
                || BinaryPrimitives.ReadUInt32LittleEndian(data[(at + 4)..]) != (uint)member.Length)
            {
                wrong = "the gzip data is damaged: its checksum does not match";
                return default;
            }

            at += 8;
        }

        wrong = null;
        return output.AsMemory(0, length);
    }

    /// <summary>Inflates one member's body onto the end of the output, which grows up to <paramref name="most"/> bytes.</summary>
    /// <param name="packed">The body, and what follows it.</param>
    /// <param name="most">The most bytes that the whole output may have.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="length">How much of that is used.</param>
    /// <param name="step">How many bytes the inflater gets at a time: with 1 it is known where the body ends.</param>
    /// <param name="read">How many bytes the inflater took.</param>
    /// <param name="keeps">Whether what comes out is kept; else the output is written over and over.</param>
    private static string? Inflate(ReadOnlyMemory<byte> packed, int most, ref byte[] output, ref int length, int step, out int read, bool keeps = true)
    {
        using var input = new Feed(packed, step);
        string? wrong = null;
        try
        {
            using var inflater = new DeflateStream(input, CompressionMode.Decompress, leaveOpen: true);
            byte[] beyond = new byte[1];
            while (true)
            {
                bool isFull = length == most;
                if (keeps && !isFull && length == output.Length)
                {
                    Array.Resize(ref output, output.Length >= Large ? most : Math.Min(most, Math.Max(4096, output.Length * 2)));
                }

                int at = keeps ? length : 0;
                int count = isFull ? inflater.Read(beyond, 0, 1) : inflater.Read(output, at, Math.Min(output.Length - at, most - length));
                if (count == 0)
                {
                    break;
                }

                if (isFull)
                {
                    wrong = TooLarge;
                    break;
                }

                length += count;
            }
        }
        catch (InvalidDataException)
        {
            wrong = Damaged;
        }

        read = input.Next;
        return wrong ?? (input.Starved || (step > 1 && read < packed.Length) ? Damaged : null);
    }

    /// <summary>The place after a member's header (RFC 1952 §2.3), or null where there is none.</summary>
    private static int? SkipHeader(ReadOnlySpan<byte> data, int at)
    {
        if (data.Length - at < 18 || !data[at..].StartsWith(Magic) || data[at + 2] != 8 || (data[at + 3] & 0xE0) != 0)
        {
            return null;
        }

        int flags = data[at + 3];
        int start = at;
        at += 10;
        if ((flags & 4) != 0)
        {
            at += 2 + BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);
        }

        // The file's name, then a comment, each ended by a zero.
        for (int flag = 8; flag <= 16; flag *= 2)
        {
            if ((flags & flag) != 0)
            {
                int zero = at < data.Length ? data[at..].IndexOf((byte)0) : -1;
                if (zero < 0)
                {
                    return null;
                }

                at += zero + 1;
            }
        }

        if ((flags & 2) != 0)
        {
            if (data.Length - at < 2 || BinaryPrimitives.ReadUInt16LittleEndian(data[at..]) != (ushort)Crc(data[start..at]))
            {
                return null;
            }

            at += 2;
        }

        return at < data.Length ? at : null;
    }

    private static uint[] CrcEntries()
    {
        var entries = new uint[256];
        for (uint index = 0; index < 256; index++)
        {
            uint entry = index;
            for (int bit = 0; bit < 8; bit++)
            {
                entry = (entry & 1) != 0 ? 0xEDB88320 ^ (entry >> 1) : entry >> 1;
            }

            entries[index] = entry;
        }

        return entries;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    /// <summary>Hands out so many bytes a read: one by one, the place of the inflater is known when it has its last.</summary>
    private sealed class Feed(ReadOnlyMemory<byte> data, int step) : Stream
    {
        /// <summary>The place of the next byte.</summary>
        public int Next { get; private set; }

        /// <summary>Whether more was asked for than there is.</summary>
        public bool Starved { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Next; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int left = data.Length - Next;
            Starved |= left == 0;
            // The last byte always goes alone: who is done without it was done before, who wants more after it has been cut short.
            int count = Math.Min(Math.Min(step, buffer.Length), left > 1 ? left - 1 : left);
            data.Span.Slice(Next, count).CopyTo(buffer);
            Next += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
