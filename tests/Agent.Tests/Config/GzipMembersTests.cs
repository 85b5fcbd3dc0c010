using System.IO.Compression;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>What the runtime packs we unpack, byte for byte; what is damaged is refused.</summary>
public sealed class GzipMembersTests
{
    private static readonly CompressionLevel[] Levels =
        [CompressionLevel.Optimal, CompressionLevel.Fastest, CompressionLevel.SmallestSize, CompressionLevel.NoCompression];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_packed_is_unpacked(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 120; i++)
        {
            byte[] plain = Data(random, i);
            byte[] packed = Packed(plain, Levels[i % Levels.Length]);
            Assert.True(GzipMembers.Unpack(packed, 1 << 20, out string? wrong).Span.SequenceEqual(plain), $"{i}: {wrong}");
            Assert.Null(wrong);
            if (plain.Length > 0)
            {
                Assert.Equal(plain.Length, GzipMembers.Unpack(packed, plain.Length, out _).Length);
                GzipMembers.Unpack(packed, plain.Length - 1, out wrong);
                Assert.Equal(GzipMembers.TooLarge, wrong);
            }
        }
    }

    [Fact]
    public void Damaged_data_is_refused_and_never_read_as_something_else()
    {
        var random = new Random(4);
        for (int i = 0; i < 4000; i++)
        {
            byte[] plain = Data(random, i);
            plain = plain[..Math.Min(plain.Length, i % 2001)];
            byte[] packed = Packed(plain, Levels[i % Levels.Length]);
            if (packed.Length == 0)
            {
                continue;
            }

            // Not in the header, whose time and system nobody compares.
            packed[random.Next(10, packed.Length)] ^= (byte)(1 << random.Next(8));
            ReadOnlyMemory<byte> result = GzipMembers.Unpack(packed, 1 << 20, out string? wrong);
            Assert.True(wrong is not null || result.Span.SequenceEqual(plain));
        }
    }

    // What the last four bytes say of the size is a hint: too little, too much, another member's.
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(999_999)]
    [InlineData(1_000_001)]
    [InlineData(int.MaxValue)]
    public void A_size_that_is_wrong_neither_lets_too_much_through_nor_hides_damage(int said)
    {
        byte[] large = new byte[1_000_000];
        byte[] packed = Packed(large, CompressionLevel.Optimal);
        BitConverter.TryWriteBytes(packed.AsSpan(packed.Length - 4), said);
        GzipMembers.Unpack(packed, 2_000_000, out string? wrong);
        Assert.Contains("damaged", wrong, StringComparison.Ordinal);
        GzipMembers.Unpack(packed, 999_999, out wrong);
        Assert.Equal(GzipMembers.TooLarge, wrong);
        byte[] small = Packed([1, 2], CompressionLevel.Optimal);
        byte[] whole = Packed(large, CompressionLevel.Optimal);
        Assert.Equal(1_000_002, GzipMembers.Unpack((byte[])[.. whole, .. small], 2_000_000, out wrong).Length);
        Assert.Equal(1_000_002, GzipMembers.Unpack((byte[])[.. small, .. whole], 1_000_002, out wrong).Length);
        GzipMembers.Unpack((byte[])[.. whole, .. small], 1_000_001, out wrong);
        Assert.Equal(GzipMembers.TooLarge, wrong);
    }

    private static byte[] Data(Random random, int kind)
    {
        byte[] data = new byte[random.Next(0, kind % 10 == 0 ? 300_000 : 5000)];
        int letters = (kind % 5) switch { 0 => 1, 1 => 2, 2 => 30, 3 => 200, _ => 256 };
        for (int i = 0; i < data.Length; i++)
        {
            // Matches near and far, runs, and single bytes of every frequency: long codes too.
            data[i] = i > 10 && random.Next(4) == 0 ? data[i - random.Next(1, Math.Min(i, 40_000))]
                : (byte)Math.Min(255, letters * Math.Pow(random.NextDouble(), 1 + (kind % 7)));
        }

        return data;
    }

    private static byte[] Packed(byte[] plain, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level))
        {
            gzip.Write(plain);
            gzip.Flush();
        }

        return packed.ToArray();
    }
}
