using System.Security.Cryptography;
using System.Text;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>The public key of a package repository: exactly one primary key, with what belongs to it.</summary>
/// <remarks>RFC 4880, of which the few parts that a repository's key is made of.</remarks>
internal sealed class OpenPgpKey
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";
    private readonly byte[] packets;

    private OpenPgpKey(byte[] packets, string fingerprint) => (this.packets, Fingerprint) = (packets, fingerprint);

    /// <summary>The fingerprint of the primary key: 40 upper-case hex digits.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads an armoured key.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="origin">Where it comes from, for messages.</param>
    /// <exception cref="FailureException"><c>package.key-invalid</c>.</exception>
    public static OpenPgpKey Read(ReadOnlySpan<byte> bytes, string origin)
    {
        try
        {
            var packets = Bare(Encoding.ASCII.GetString(bytes));
            return new OpenPgpKey(packets, FingerprintOf(packets));
        }
        catch (FormatException e)
        {
            throw new FailureException(new Failure("package.key-invalid", $"{origin}: {e.Message}"), e);
        }
    }

    /// <summary>The same key as we write it: other readers see the bytes that were judged here, and nothing else.</summary>
    public string Armored()
    {
        var text = new StringBuilder(Begin).Append("\n\n");
        var base64 = Convert.ToBase64String(packets);
        for (var at = 0; at < base64.Length; at += 64)
        {
            text.Append(base64, at, Math.Min(64, base64.Length - at)).Append('\n');
        }
        var crc = Crc24(packets);
        return text.Append('=').Append(Convert.ToBase64String([(byte)(crc >> 16), (byte)(crc >> 8), (byte)crc])).Append('\n').Append(End).Append('\n').ToString();
    }

    private static byte[] Bare(string text)
    {
        var start = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = text.IndexOf(End, StringComparison.Ordinal);
        if (start < 0 || end < start)
        {
            throw new FormatException("it is no armoured OpenPGP public key");
        }
        if (text.LastIndexOf("-----BEGIN", StringComparison.Ordinal) != start)
        {
            throw new FormatException("it holds more than one block");
        }
        var base64 = new StringBuilder();
        var isHead = true;
        foreach (var line in text[(start + Begin.Length)..end].TrimStart('\r').Split('\n').Skip(1))
        {
            var trimmed = line.Trim();
            // Headers, an empty line, the bytes, and after "=" a checksum, which a digest makes superfluous.
            if (isHead)
            {
                isHead = trimmed.Length > 0;
            }
            else if (!trimmed.StartsWith('='))
            {
                base64.Append(trimmed);
            }
        }
        return Convert.FromBase64String(base64.ToString());
    }

    private static string FingerprintOf(byte[] packets)
    {
        var fingerprint = "";
        for (var at = 0; at < packets.Length;)
        {
            var (tag, body) = Packet(packets, ref at);
            switch (tag)
            {
                case 6 when fingerprint.Length > 0:
                    throw new FormatException("it holds more than one primary key");
                case 6:
                    fingerprint = OfKey(body);
                    break;
                // Signatures, user ids, subkeys, user attributes: they count only as far as the primary key signed them.
                case 2 or 13 or 14 or 17 when fingerprint.Length > 0:
                    break;
                default:
                    throw new FormatException($"a packet of type {tag} has no place in it");
            }
        }
        return fingerprint.Length > 0 ? fingerprint : throw new FormatException("it holds no primary key");
    }

    private static string OfKey(ReadOnlySpan<byte> body)
    {
        if (body.Length is < 6 or > ushort.MaxValue || body[0] != 4)
        {
            throw new FormatException("the primary key is not of version 4");
        }
        byte[] hashed = [0x99, (byte)(body.Length >> 8), (byte)body.Length, .. body];
#pragma warning disable CA5350 // SHA-1 is what a version 4 fingerprint is: RFC 4880, 12.2. A second preimage of it is out of reach.
        return Convert.ToHexString(SHA1.HashData(hashed));
#pragma warning restore CA5350
    }

    /// <summary>One packet: RFC 4880, 4.2.</summary>
    private static (int Tag, byte[] Body) Packet(byte[] bytes, ref int at)
    {
        int head = Next(bytes, ref at), length;
        if ((head & 0x80) == 0)
        {
            throw new FormatException("it is damaged");
        }
        var isNew = (head & 0x40) != 0;
        if (isNew)
        {
            length = Next(bytes, ref at);
            length = length < 192 ? length
                : length < 224 ? ((length - 192) << 8) + Next(bytes, ref at) + 192
                : length == 255 ? Number(bytes, ref at, 4)
                : throw new FormatException("a packet comes in parts");
        }
        else
        {
            length = (head & 3) == 3 ? throw new FormatException("a packet has no length") : Number(bytes, ref at, 1 << (head & 3));
        }
        if (length < 0 || length > bytes.Length - at)
        {
            throw new FormatException("it is cut off");
        }
        at += length;
        return (isNew ? head & 0x3f : (head >> 2) & 0xf, bytes[(at - length)..at]);
    }

    private static int Number(byte[] bytes, ref int at, int count)
    {
        var number = 0;
        for (var i = 0; i < count; i++)
        {
            number = (number << 8) | Next(bytes, ref at);
        }
        return number;
    }

    private static int Next(byte[] bytes, ref int at) => at < bytes.Length ? bytes[at++] : throw new FormatException("it is cut off");

    // RFC 4880, 6.1.
    private static int Crc24(byte[] bytes)
    {
        var crc = 0xB704CE;
        foreach (var one in bytes)
        {
            crc ^= one << 16;
            for (var i = 0; i < 8; i++)
            {
                crc <<= 1;
                crc ^= (crc & 0x1000000) != 0 ? 0x1864CFB : 0;
            }
        }
        return crc & 0xFFFFFF;
    }
}
