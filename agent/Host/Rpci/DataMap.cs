using System.Buffers.Binary;

namespace Slipway.Hosting;

/// <summary>VMware's DataMap packets, in which RPCI travels over vsock: a length, then fields of a type, an id and a value, all big-endian.</summary>
/// <remarks>Layout as open-vm-tools has it in <c>lib/dataMap/dataMap.c</c>; the ids are those of <c>guestrpc/tclodefs.h</c>.</remarks>
internal static class DataMap
{
    /// <summary>The longest packet that is read: 2 MiB, twice what a VMX takes by default. Nobody can make us allocate more.</summary>
    public const int MostBytes = 2 << 20;

    private const int Number = 1;
    private const int Bytes = 2;
    private const int Numbers = 3;
    private const int ByteStrings = 4;
    private const int TypeField = 1;
    private const int PayloadField = 2;
    private const int Data = 1;
    private const int MostFields = 64;

    /// <summary>The packet for a request: <c>TYPE</c> = data and <c>PAYLOAD</c>, its length in front. Without <c>FAST_CLOSE</c> the connection stays.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> payload)
    {
        var packet = new byte[32 + payload.Length];
        // An INT64 goes low word first. What is not set is zero.
        ReadOnlySpan<int> words = [packet.Length - 4, Number, TypeField, Data, 0, Bytes, PayloadField, payload.Length];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4 * i), words[i]);
        }
        payload.CopyTo(packet.AsSpan(32));
        return packet;
    }

    /// <summary>The payload among a packet's fields, which may come in any order, with others between them.</summary>
    /// <param name="fields">The packet without its length.</param>
    /// <param name="wrong">Why the result is null.</param>
    public static byte[]? Payload(ReadOnlySpan<byte> fields, out string wrong)
    {
        byte[]? payload = null;
        Span<uint> seen = stackalloc uint[MostFields];
        for (var count = 0; fields.Length > 0; count++)
        {
            if (fields.Length < 12 || count == MostFields)
            {
                wrong = count == MostFields ? $"more than {MostFields} fields" : "it ends inside a field";
                return null;
            }
            var (type, id) = (Word(fields, 0), Word(fields, 4));
            for (var i = 0; i < count; i++)
            {
                if (seen[i] == id)
                {
                    wrong = $"field {id} is there twice";
                    return null;
                }
            }
            seen[count] = id;
            fields = fields[8..];
            var length = Length(type, fields);
            if (length < 0 || length > fields.Length)
            {
                wrong = $"field {id} has a type or length that cannot be (type {type})";
                return null;
            }
            if ((id == TypeField && (type != Number || Word(fields, 0) != Data || Word(fields, 4) != 0)) || (id == PayloadField && type != Bytes))
            {
                wrong = id == TypeField ? "it is not a data packet" : "its payload is not a string";
                return null;
            }
            if (id == PayloadField)
            {
                payload = fields[4..(int)length].ToArray();
            }
            fields = fields[(int)length..];
        }
        wrong = "it has no payload";
        return payload;
    }

    /// <summary>How many bytes a value takes; negative, or more than there are, where it is broken.</summary>
    private static long Length(uint type, ReadOnlySpan<byte> value)
    {
        var first = Word(value, 0);
        switch (type)
        {
            case Number:
                return 8;
            case Bytes:
                return first == 0 ? -1 : 4L + first;
            case Numbers:
                return 4 + (8L * first);
            case ByteStrings:
                var length = 4L;
                for (; first > 0; first--)
                {
                    if (length + 4 > value.Length)
                    {
                        return -1;
                    }
                    length += 4L + Word(value, (int)length);
                }
                return length;
            default:
                return -1;
        }
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
