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

    private const string CutShort = "the gzip data is cut short";
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcEntry)];

    /// <summary>The first two bytes of gzip data.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    /// <summary>Unpacks all members, one after the other.</summary>
    /// <param name="packed">The gzip data.</param>
    /// <param name="most">The most bytes to unpack; more is refused, not read.</param>
    /// <param name="wrong">Why the result is null.</param>
    public static byte[]? Unpack(ReadOnlyMemory<byte> packed, int most, out string? wrong)
    {
        using var whole = new MemoryStream();
        int at = 0;
        do
        {
            if (SkipHeader(packed.Span, at) is not { } body)
            {
                wrong = at == 0 ? "the gzip header is damaged or cut short" : "something that is not gzip follows the gzip data";
                return null;
            }

            int start = (int)whole.Length;
            wrong = Inflate(packed, body, whole, most, out at);
            if (wrong is not null)
            {
                return null;
            }

            if (packed.Length - at < 8)
            {
                wrong = CutShort;
                return null;
            }

            ReadOnlySpan<byte> member = whole.GetBuffer().AsSpan(start, (int)whole.Length - start);
            if (BinaryPrimitives.ReadUInt32LittleEndian(packed.Span[at..]) != Crc(member)
                || BinaryPrimitives.ReadUInt32LittleEndian(packed.Span[(at + 4)..]) != (uint)member.Length)
            {
                wrong = "the gzip data is damaged: its checksum does not match";
                return null;
            }

            at += 8;
        }
        while (at < packed.Length);

        return whole.ToArray();
    }

    private static string? Inflate(ReadOnlyMemory<byte> packed, int body, MemoryStream into, int most, out int end)
    {
        using var input = new ByteByByte(packed, body);
        end = body;
        try
        {
            using var inflater = new DeflateStream(input, CompressionMode.Decompress, leaveOpen: true);
            byte[] chunk = new byte[64 * 1024];
            for (int read; (read = inflater.Read(chunk, 0, chunk.Length)) > 0;)
            {
                if (into.Length + read > most)
                {
                    return TooLarge;
                }

                into.Write(chunk, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            return "the gzip data is damaged or cut short";
        }

        end = input.Next;
        return null;
    }

    /// <summary>The place after a member's header (RFC 1952 §2.3), or null where there is none.</summary>
    private static int? SkipHeader(ReadOnlySpan<byte> data, int at)
    {
        if (data.Length - at < 18 || !data[at..].StartsWith(Magic) || data[at + 2] != 8 || (data[at + 3] & 0xE0) != 0)
        {
            return null;
        }

        int flags = data[at + 3];
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

        at += (flags & 2) != 0 ? 2 : 0;
        return at < data.Length ? at : null;
    }

    private static uint CrcEntry(int index)
    {
        uint entry = (uint)index;
        for (int bit = 0; bit < 8; bit++)
        {
            entry = (entry & 1) != 0 ? 0xEDB88320 ^ (entry >> 1) : entry >> 1;
        }

        return entry;
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

    /// <summary>Hands out one byte a read, so that after the last one the inflater took its place is known exactly.</summary>
    private sealed class ByteByByte(ReadOnlyMemory<byte> data, int start) : Stream
    {
        /// <summary>The place of the next byte.</summary>
        public int Next { get; private set; } = start;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Next; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (buffer.Length == 0 || Next >= data.Length)
            {
                return 0;
            }

            buffer[0] = data.Span[Next++];
            return 1;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
