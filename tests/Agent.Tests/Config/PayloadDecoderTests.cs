using System.Text;
using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Tests.Config;

public sealed class PayloadDecoderTests
{
    [Theory]
    [InlineData("", "hello", "hello")]
    [InlineData(null, "hello", "hello")]
    [InlineData("base64", "aGVsbG8=", "hello")]
    [InlineData(" B64\n", "aGVsbG8=", "hello")]
    [InlineData("BASE64", "aGVs\r\nbG8=\n", "hello")]
    [InlineData("base64", "aG Vs\tbG8=", "hello")]
    [InlineData("base64", "aGVsbG8", "hello")]
    [InlineData("base64", "", "")]
    [InlineData("gzip+base64", "aGVsbG8=", "hello")]
    [InlineData("base64", "77u/aGVsbG8=", "hello")]
    public void What_is_encoded_is_decoded(string? encoding, string data, string expected) =>
        Assert.Equal(expected, Text(PayloadDecoder.Decode(Encoding.UTF8.GetBytes(data), encoding)));

    [Theory]
    [InlineData("base64", "aGVs!!bG8=", "config.base64-invalid")]
    [InlineData("base64", "aGVsbG8=trailing", "config.base64-invalid")]
    [InlineData("base64", "aGVsbG8==", "config.base64-invalid")]
    [InlineData("base64", "aGVsb", "config.base64-invalid")]
    [InlineData("base64", "_-_-", "config.base64-invalid")]
    [InlineData("foo", "hello", "config.encoding-unknown")]
    public void What_is_not_encoded_so_is_refused(string encoding, string data, string code) =>
        Assert.Equal(code, Refused(PayloadDecoder.Decode(Encoding.UTF8.GetBytes(data), encoding)).Code);

    [Fact]
    public void An_unknown_encoding_lists_the_known_ones() =>
        Assert.Contains("gz+base64", Refused(PayloadDecoder.Decode("x"u8.ToArray(), "foo")).What, StringComparison.Ordinal);

    [Fact]
    public void Missing_padding_is_taken_with_a_warning() =>
        Assert.Contains("padding", Assert.Single(Decoded(PayloadDecoder.Decode("aGVsbG8"u8.ToArray(), "b64")).Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("gzip")]
    [InlineData("gz")]
    [InlineData("")]
    public void Gzip_is_known_by_its_first_bytes(string encoding) =>
        Assert.Equal("hello", Text(PayloadDecoder.Decode(Documents.Gzip("hello"u8.ToArray()), encoding)));

    [Theory]
    [InlineData("gzip+base64")]
    [InlineData("gz+b64")]
    [InlineData("gz+base64")]
    [InlineData("GZIP+B64")]
    [InlineData("base64")]
    public void Gzip_inside_base64_is_unpacked(string encoding) =>
        Assert.Equal("hello", Text(PayloadDecoder.Decode(Base64(Documents.Gzip("hello"u8.ToArray())), encoding)));

    [Fact]
    public void All_members_are_unpacked()
    {
        byte[] members = [.. Documents.Gzip("one, "u8.ToArray()), .. Documents.Gzip([]), .. Documents.Gzip("two"u8.ToArray())];
        Assert.Equal("one, two", Text(PayloadDecoder.Decode(members, "gz")));
    }

    [Fact]
    public void Gzip_cut_short_at_any_byte_is_refused()
    {
        byte[] whole = Documents.Gzip(Encoding.UTF8.GetBytes(Documents.Worker));
        for (int length = 2; length < whole.Length; length++)
        {
            Assert.Equal("config.gzip-invalid", Refused(PayloadDecoder.Decode(whole.AsMemory(0, length), "gz")).Code);
        }
    }

    [Fact]
    public void Junk_behind_gzip_and_a_wrong_checksum_are_refused()
    {
        byte[] whole = Documents.Gzip("hello"u8.ToArray());
        Assert.Equal("config.gzip-invalid", Refused(PayloadDecoder.Decode((byte[])[.. whole, .. "junk"u8], "gz")).Code);
        whole[^5] ^= 1;
        Assert.Equal("config.gzip-invalid", Refused(PayloadDecoder.Decode(whole, "gz")).Code);
    }

    [Fact]
    public void A_bomb_is_refused()
    {
        byte[] bomb = Documents.Gzip(new byte[PayloadDecoder.MaxBytes + 1]);
        Assert.Equal("config.too-large", Refused(PayloadDecoder.Decode(bomb, "gz")).Code);
        Assert.Equal(PayloadDecoder.MaxBytes, Decoded(PayloadDecoder.Decode(Documents.Gzip(new byte[PayloadDecoder.MaxBytes]), "gz")).Bytes.Length);
    }

    [Fact]
    public void No_bytes_make_the_decoder_throw()
    {
        var random = new Random(7);
        byte[] packed = Documents.Gzip(Encoding.UTF8.GetBytes(Documents.Worker));
        string[] encodings = ["", "base64", "gz", "gz+b64"];
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = (byte[])packed.Clone();
            for (int hits = random.Next(1, 8); hits > 0; hits--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            string encoding = encodings[random.Next(encodings.Length)];
            Assert.NotNull(PayloadDecoder.Decode(encoding.Contains('b', StringComparison.Ordinal) ? Base64(bytes) : bytes, encoding));
        }
    }

    private static byte[] Base64(byte[] bytes) => Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes));

    private static DecodeResult.Decoded Decoded(DecodeResult result) => Assert.IsType<DecodeResult.Decoded>(result);

    private static Failure Refused(DecodeResult result) => Assert.IsType<DecodeResult.Undecodable>(result).Failure;

    private static string Text(DecodeResult result) => Encoding.UTF8.GetString(Decoded(result).Bytes.Span);
}
