using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Slipway.Tests.Support;

/// <summary>Release archives, well-formed and malicious, and their digests.</summary>
internal static class Archives
{
    public const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Bytes that do not compress, the same for the same seed.</summary>
    public static byte[] Noise(int size, int seed)
    {
        var bytes = new byte[size];
#pragma warning disable CA5394 // Reproducible, not secret.
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }

    /// <summary>A gzipped tar of programs.</summary>
    public static byte[] TarGzip(params (string Name, byte[] Content)[] programs) =>
        TarGzip([.. programs.Select(program => File(program.Name, program.Content))]);

    public static byte[] TarGzip(params TarEntry[] entries) => Gzip(Tar(entries));

    public static byte[] Tar(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }
        return tar.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }
        return packed.ToArray();
    }

    public static TarEntry File(string name, byte[] content, UnixFileMode mode = Executable) =>
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), Mode = mode };

    public static TarEntry Link(TarEntryType type, string name, string target) => new PaxTarEntry(type, name) { LinkName = target };

    public static TarEntry Device(string name) => new PaxTarEntry(TarEntryType.CharacterDevice, name) { DeviceMajor = 1, DeviceMinor = 3 };
}
