using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Slipway.Reporting;

namespace Slipway.Config;

/// <summary>
/// Undoes the encodings in which hypervisors and cloud-configs hand over data. Takes the aliases of cloud-init, Ignition,
/// afterburn and Bottlerocket together, in any case; unlike cloud-init an unknown word is an error, not plain text, because
/// a node that boots without its configuration tells nobody.
/// </summary>
internal static class PayloadDecoder
{
    /// <summary>The most bytes that a payload may hold once decoded: 16 MiB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The encodings by name, as messages list them.</summary>
    public const string KnownEncodings =
        "base64, b64, gzip, gz, gzip+base64, gz+base64, gzip+b64, gz+b64, text/plain, or none";

    private static readonly SearchValues<byte> Whitespace = SearchValues.Create(" \t\r\n\f\v"u8);

    /// <summary>Decodes a payload.</summary>
    /// <param name="payload">The bytes as delivered.</param>
    /// <param name="encoding">The encoding's name; null or blank for none. Gzip is recognised by its first bytes whatever the name says.</param>
    public static DecodeResult Decode(ReadOnlyMemory<byte> payload, string? encoding)
    {
        string name = (encoding ?? "").Trim().ToLowerInvariant();
        bool? base64 = name switch
        {
            "" or "plain" or "text/plain" or "raw" or "gzip" or "gz" => false,
            "base64" or "b64" or "gzip+base64" or "gz+base64" or "gzip+b64" or "gz+b64" => true,
            _ => null,
        };
        if (base64 is null)
        {
            return Fail("config.encoding-unknown", $"the encoding {Quoting.Value(encoding!)} is not known; known are {KnownEncodings}");
        }

        var warnings = new List<string>();
        if (base64.Value)
        {
            if (FromBase64(payload.Span, warnings, out string? wrong) is not { } decoded)
            {
                return Fail(wrong == TooLarge ? "config.too-large" : "config.base64-invalid", wrong!);
            }

            payload = decoded;
        }

        if (payload.Span.StartsWith(GzipMembers.Magic))
        {
            ReadOnlyMemory<byte> unpacked = GzipMembers.Unpack(payload, MaxBytes, out string? wrong);
            if (wrong is not null)
            {
                return Fail(wrong == GzipMembers.TooLarge ? "config.too-large" : "config.gzip-invalid", wrong!);
            }

            payload = unpacked;
        }
        else if (name.StartsWith('g') && payload.Length > 0)
        {
            // cloud-init and Bottlerocket take this too: what is not packed needs no unpacking.
            warnings.Add($"the encoding says {name}, but the data is not gzip; taken as it is");
        }

        if (payload.Length > MaxBytes)
        {
            return Fail("config.too-large", TooLarge);
        }

        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        return new DecodeResult.Decoded(payload.Span.StartsWith(mark) ? payload[mark.Length..] : payload, warnings);
    }

    /// <summary>
    /// What base64 that nobody announced holds, as nodeadm looks for it; null where the bytes are no base64 of a text or of gzip.
    /// A document cannot be taken for base64: it has a colon or a brace.
    /// </summary>
    public static ReadOnlyMemory<byte>? Sniff(ReadOnlyMemory<byte> payload)
    {
        ReadOnlySpan<byte> start = payload.Span[..Math.Min(payload.Length, 256)].Trim(" \t\r\n"u8);
        if (start.Length < 16 || start.IndexOfAnyExcept(AlphabetAndMore) >= 0 || payload.Span.IndexOfAnyExcept(AlphabetAndMore) >= 0)
        {
            return null;
        }

        // Words and digests are of the same alphabet; what they decode to is neither text nor gzip.
        return Decode(payload, "base64") is DecodeResult.Decoded { Bytes: { IsEmpty: false } bytes } && System.Text.Unicode.Utf8.IsValid(bytes.Span)
            && bytes.Span.IndexOfAnyInRange((byte)0, (byte)8) < 0 ? bytes : default(ReadOnlyMemory<byte>?);
    }

    private const string TooLarge = "the data is larger than 16 MiB";

    private static byte[]? FromBase64(ReadOnlySpan<byte> text, List<string> warnings, out string? wrong)
    {
        wrong = null;
        byte[] packed = new byte[text.Length + 3];
        int length = 0;
        foreach (byte b in text)
        {
            if (!Whitespace.Contains(b))
            {
                packed[length++] = b;
            }
        }

        if (length / 4 > MaxBytes / 3)
        {
            wrong = TooLarge;
            return null;
        }

        int data = packed.AsSpan(0, length).IndexOf((byte)'=');
        int stray = packed.AsSpan(0, data < 0 ? length : data).IndexOfAnyExcept(Alphabet);
        if (stray >= 0)
        {
            wrong = packed[stray] is (byte)'-' or (byte)'_'
                ? "the data is in base64's URL alphabet (- and _); the standard one (+ and /) is expected"
                : $"the data is not base64: byte {stray + 1} of it (whitespace not counted) is not of the alphabet";
            return null;
        }

        if (data < 0 && length % 4 is 2 or 3)
        {
            warnings.Add("the base64 has no padding (=) at its end; taken as if it had");
            while (length % 4 != 0)
            {
                packed[length++] = (byte)'=';
            }
        }

        byte[] result = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
        OperationStatus status = Base64.DecodeFromUtf8(packed.AsSpan(0, length), result, out int consumed, out int written);
        if (status != OperationStatus.Done || consumed != length)
        {
            wrong = data >= 0
                ? "the data is not base64: its padding (=) is wrong, or something follows it"
                : "the data is not base64: it was cut short";
            return null;
        }

        return result[..written];
    }

    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    private static readonly SearchValues<byte> AlphabetAndMore =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\f\v"u8);

    private static DecodeResult.Undecodable Fail(string code, string what) => new(new Failure(code, what));
}
