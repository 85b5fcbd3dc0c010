using System.Text;

namespace Slipway.Stubs.Common;

/// <summary>Reads fields of one protobuf message; enough for the few CRI answers that are looked at.</summary>
/// <param name="bytes">The message.</param>
/// <remarks>Wire format: https://protobuf.dev/programming-guides/encoding/</remarks>
internal sealed class Protobuf(byte[] bytes)
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> fields = Read(bytes);

    /// <summary>A string field; empty when absent.</summary>
    public string Text(int field) => Encoding.UTF8.GetString(fields.LastOrDefault(f => f.Field == field).Bytes ?? []);

    /// <summary>An integer field; 0 when absent.</summary>
    public ulong Number(int field) => fields.LastOrDefault(f => f.Field == field).Number;

    /// <summary>A repeated or single message field.</summary>
    public IEnumerable<Protobuf> Messages(int field) => fields.Where(f => f.Field == field).Select(f => new Protobuf(f.Bytes));

    private static List<(int, ulong, byte[])> Read(byte[] bytes)
    {
        List<(int, ulong, byte[])> fields = [];
        int at = 0;
        while (at < bytes.Length)
        {
            ulong key = Varint(bytes, ref at);
            int field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((field, Varint(bytes, ref at), []));
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(bytes, ref at);
                    fields.Add((field, 0, bytes[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new FatalException("malformed protobuf message from the container runtime");
            }
        }
        return fields;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
