using System.Text;
using Slipway.Hosting;
using Slipway.Lab;

namespace Slipway.Tests.Hosting;

/// <summary>Packets are byte for byte those of VMware's own code; a broken one is told from a good one.</summary>
public sealed class DataMapTests
{
    private const string Command = "info-get guestinfo.userdata";

    // What VMware's dataMap.c makes of the same fields.
    private const string Request =
        "00000037 00000001 00000001 00000001 00000000 00000002 00000002 0000001b 696e666f2d676574 206775657374696e666f2e7573657264617461";
    private const string LastRequest = "00000047 00000001 00000001 00000001 00000000 00000002 00000002 0000001b "
        + "696e666f2d676574 206775657374696e666f2e7573657264617461 00000001 00000003 00000001 00000000";
    private const string Reply = "00000023 00000001 00000001 00000001 00000000 00000002 00000002 00000007 312068656c6c6f";

    [Fact]
    public void A_request_is_that_of_VMwares_own_code() => Assert.Equal(Bytes(Request), DataMap.Encode(Encoding.ASCII.GetBytes(Command)));

    [Theory]
    [InlineData(Request, Command)]
    [InlineData(LastRequest, Command)]
    [InlineData(Reply, "1 hello")]
    public void The_payload_of_VMwares_own_packets_is_found(string packet, string payload) =>
        Assert.Equal(payload, Encoding.ASCII.GetString(DataMap.Payload(Bytes(packet).AsSpan(4), out _)!));

    [Fact]
    public void The_stand_in_sends_what_VMwares_own_code_sends() => Assert.Equal(Bytes(Reply), Vmx.Packet("1 hello"));

    [Fact]
    public async Task The_stand_in_reads_what_VMwares_own_code_sends_and_closes_when_asked_to()
    {
        var vmx = new Vmx();
        vmx.Set("userdata", "hello");
        await using var stream = vmx.Connect(1023, out _)!;
        foreach (var request in (string[])[Request, LastRequest])
        {
            await stream.WriteAsync(Bytes(request), Ct);
            var reply = new byte[39];
            await stream.ReadExactlyAsync(reply, Ct);
            Assert.Equal(Bytes(Reply), reply);
        }
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Ct));
        Assert.Empty(vmx.Complaints);
    }

    public static TheoryData<byte[]> Tolerated => new(
        Vmx.Packet(Vmx.Field(2, 2, Vmx.Text("1 x")), Vmx.Field(1, 1, Vmx.Number(1))),
        Vmx.Packet(Vmx.Field(2, 2, Vmx.Text("1 x"))),
        Vmx.Packet(Vmx.Field(1, 77, Vmx.Number(ulong.MaxValue)), Vmx.Field(2, 78, Vmx.Text("?")), Vmx.Field(2, 2, Vmx.Text("1 x"))),
        Vmx.Packet(Vmx.Field(3, 9, [.. Vmx.Word(2), .. Vmx.Number(1), .. Vmx.Number(2)]), Vmx.Field(2, 2, Vmx.Text("1 x"))),
        Vmx.Packet(Vmx.Field(2, 2, Vmx.Text("1 x")), Vmx.Field(4, 9, [.. Vmx.Word(2), .. Vmx.Text("a"), .. Vmx.Text("bc")])),
        Vmx.Packet(Vmx.Field(3, 9, Vmx.Word(0)), Vmx.Field(4, 10, Vmx.Word(0)), Vmx.Field(2, 2, Vmx.Text("1 x"))));

    [Theory]
    [MemberData(nameof(Tolerated))]
    public void Any_order_and_unknown_fields_are_taken(byte[] packet) => Assert.Equal("1 x"u8.ToArray(), DataMap.Payload(packet.AsSpan(4), out _));

    public static TheoryData<byte[], string> Broken => new()
    {
        { Vmx.Packet(Vmx.Field(1, 1, Vmx.Number(1))), "no payload" },
        { Vmx.Packet(Vmx.Field(1, 1, Vmx.Number(2)), Vmx.Field(2, 2, Vmx.Text("1 x"))), "not a data packet" },
        { Vmx.Packet(Vmx.Field(1, 1, Vmx.Number(1ul << 32 | 1)), Vmx.Field(2, 2, Vmx.Text("1 x"))), "not a data packet" },
        { Vmx.Packet(Vmx.Field(2, 1, Vmx.Text("1")), Vmx.Field(2, 2, Vmx.Text("1 x"))), "not a data packet" },
        { Vmx.Packet(Vmx.Field(1, 2, Vmx.Number(1))), "payload is not a string" },
        { Vmx.Packet(Vmx.Field(2, 2, Vmx.Text("1 x")), Vmx.Field(2, 2, Vmx.Text("1 y"))), "field 2 is there twice" },
        { Vmx.Packet(Vmx.Field(1, 9, Vmx.Number(1)), Vmx.Field(1, 9, Vmx.Number(1)), Vmx.Field(2, 2, Vmx.Text("1 x"))), "field 9 is there twice" },
        { Vmx.Packet(Vmx.Field(0, 9, Vmx.Number(1)), Vmx.Field(2, 2, Vmx.Text("1 x"))), "type 0" },
        { Vmx.Packet(Vmx.Field(5, 9, Vmx.Number(1)), Vmx.Field(2, 2, Vmx.Text("1 x"))), "type 5" },
        { Vmx.Packet(Vmx.Field(2, 2, Vmx.Word(0))), "field 2 has a type or length" },
        { Vmx.Packet(Vmx.Field(2, 2, [.. Vmx.Word(4), .. "1 x"u8])), "field 2 has a type or length" },
        { Vmx.Packet(Vmx.Field(2, 2, [.. Vmx.Word(uint.MaxValue), .. "1 x"u8])), "field 2 has a type or length" },
        { Vmx.Packet(Vmx.Field(1, 1, [0, 0, 0, 1, 0, 0, 0])), "field 1 has a type or length" },
        { Vmx.Packet(Vmx.Field(3, 9, [.. Vmx.Word(uint.MaxValue), .. Vmx.Number(1)])), "field 9 has a type or length" },
        { Vmx.Packet(Vmx.Field(4, 9, [.. Vmx.Word(uint.MaxValue), .. Vmx.Text("a")])), "field 9 has a type or length" },
        { Vmx.Packet(Vmx.Field(4, 9, [.. Vmx.Word(2), .. Vmx.Word(uint.MaxValue), .. Vmx.Word(uint.MaxValue)])), "field 9 has a type or length" },
        { Vmx.Packet(Vmx.Field(2, 2, Vmx.Text("1 x")), [0, 0, 0, 1]), "ends inside a field" },
        { Vmx.Packet([.. Enumerable.Range(100, 65).Select(id => Vmx.Field(1, (uint)id, Vmx.Number(1)))]), "more than 64 fields" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_packet_says_what_is_wrong_with_it(byte[] packet, string what)
    {
        Assert.Null(DataMap.Payload(packet.AsSpan(4), out var wrong));
        Assert.Contains(what, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void No_packet_of_random_bytes_or_with_some_of_them_changed_does_more_than_fail()
    {
        var random = new Random(976);
        var good = Tolerated.Select(row => row.Data).ToArray();
        for (var i = 0; i < 200_000; i++)
        {
            var packet = good[i % good.Length].ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                packet[random.Next(packet.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : random.Next(6));
            }
            var payload = DataMap.Payload(packet.AsSpan(4, random.Next(packet.Length - 3)), out var wrong);
            Assert.True(payload is not null || wrong.Length > 0);
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
