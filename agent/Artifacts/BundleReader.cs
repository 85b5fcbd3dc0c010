using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>Reads a bundle in one pass: what it says of itself first, then each member, verified.</summary>
internal sealed class BundleReader : IDisposable
{
    // The listing of a bundle with ten thousand images is not longer.
    private const int MostHeaderBytes = 4 << 20;

    private readonly string path;
    private readonly Stream file;
    private readonly GZipStream plain;
    private readonly TarReader tar;
    private long header;

    private BundleReader(string path, Stream file)
    {
        (this.path, this.file) = (path, file);
        plain = new GZipStream(file, CompressionMode.Decompress);
        tar = new TarReader(plain);
    }

    /// <summary>What is in it, as it says.</summary>
    public BundleListing Listing { get; private set; } = null!;

    /// <summary>Where its artifacts come from.</summary>
    public LockFile Lock { get; private set; } = null!;

    /// <summary>The bytes of its lock file.</summary>
    public byte[] LockBytes { get; private set; } = [];

    /// <summary>Opens a bundle and reads what it says of itself, and no more.</summary>
    /// <param name="files">The tree that it lies in.</param>
    /// <param name="path">Where.</param>
    /// <exception cref="FailureException"><c>bundle.*</c>, <c>artifact.lock-invalid</c>.</exception>
    public static BundleReader Open(FileTree files, string path)
    {
        var file = files.OpenRead(path) ?? throw new FailureException(new Failure("bundle.missing", $"{path} does not exist"));
        var magic = new byte[4];
        file.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        file.Position = 0;
        if (magic is not [0x1f, 0x8b, ..])
        {
            file.Dispose();
            throw new FailureException(magic is [0x28, 0xb5, 0x2f, 0xfd]
                ? new Failure("bundle.invalid", $"{path} is packed with zstd, which slipway does not read", $"Pack it with gzip: zstd -dc {path} | gzip -1 > FILE")
                : new Failure("bundle.invalid", $"{path} is no bundle: it is not packed with gzip"));
        }
        var reader = new BundleReader(path, file);
        try
        {
            reader.ReadHeader();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Goes over all members, each verified to its last byte, and makes sure that nothing is missing and nothing is there beside them.</summary>
    /// <param name="take">Gets each member's file and bytes, before their digest is known to be right; null only verifies.</param>
    /// <param name="ct">Ends the pass early.</param>
    /// <exception cref="FailureException"><c>bundle.damaged</c>, <c>bundle.unexpected</c>, or what <paramref name="take"/> throws.</exception>
    public async Task EachAsync(Func<BundleFile, Stream, Task>? take, CancellationToken ct)
    {
        var missing = new List<BundleFile>();
        missing.AddRange(Listing.Files);
        missing.RemoveAt(0);
        try
        {
            while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
            {
                var at = missing.FindIndex(candidate => candidate.Path == entry.Name);
                if (at < 0 || !IsFile(entry))
                {
                    throw Unexpected(entry);
                }
                var member = missing[at];
                missing.RemoveAt(at);
                if (entry.Length != member.Size)
                {
                    throw Damaged($"{member.Path} has {entry.Length} bytes, expected {member.Size}");
                }
                using var sha256 = SHA256.Create();
                await using var content = new CryptoStream(entry.DataStream ?? Stream.Null, sha256, CryptoStreamMode.Read, leaveOpen: true);
                if (take is not null)
                {
                    await take(member, content);
                }
                await content.CopyToAsync(Stream.Null, 128 * 1024, ct);
                Check(member.Path, member.Sha256, Convert.ToHexStringLower(sha256.Hash!));
            }
            var rest = new byte[64 * 1024];
            for (int read; (read = await plain.ReadAsync(rest, ct)) > 0;)
            {
                if (rest.AsSpan(0, read).ContainsAnyExcept((byte)0))
                {
                    throw new FailureException(new Failure("bundle.unexpected", $"{path}: there is more after its end"));
                }
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e.Message, e);
        }
        if (missing.Count > 0)
        {
            throw Damaged($"{missing[0].Path} ({missing[0].What}) is missing{(missing.Count > 1 ? $", and {missing.Count - 1} more" : "")}: it is cut short");
        }
        CheckEnd();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tar.Dispose();
        plain.Dispose();
        file.Dispose();
    }

    private void ReadHeader()
    {
        try
        {
            var listing = Next(BundleListing.FileName);
            Listing = BundleListing.Parse(listing, path);
            LockBytes = Next(BundleListing.LockName);
            var sums = Next(BundleListing.SumsName);
            header = Blocks(listing.Length) + Blocks(sums.Length);
            Check(BundleListing.LockName, Listing.Files[0].Sha256, Hex(LockBytes));
            if (Encoding.UTF8.GetString(sums) != Listing.Sums(Hex(listing)))
            {
                throw Damaged($"{BundleListing.SumsName} is not of what {BundleListing.FileName} lists");
            }
            Lock = LockFile.Parse(LockBytes, $"{path}: {BundleListing.LockName}");
            foreach (var member in Listing.Files)
            {
                if (member.IsArtifact && !Lock.Artifacts.Any(artifact => artifact.Sha256 == member.Sha256 && artifact.Arch == member.Architecture))
                {
                    throw Damaged($"{member.Path} ({member.What}) is not in its {BundleListing.LockName}");
                }
            }
            foreach (var artifact in Lock.Artifacts)
            {
                if (!Listing.Files.Any(member => member.IsArtifact && member.Sha256 == artifact.Sha256))
                {
                    throw Damaged($"{artifact.Name} {artifact.Version} {artifact.Arch} is in its {BundleListing.LockName} and is not in it");
                }
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e.Message, e);
        }
    }

    private byte[] Next(string name)
    {
        if (tar.GetNextEntry() is not { } entry || entry.Name != name || !IsFile(entry) || entry.Length > MostHeaderBytes)
        {
            throw new FailureException(new Failure("bundle.invalid", $"{path} is no bundle: {name} does not stand where it must"));
        }
        var bytes = new byte[entry.Length];
        entry.DataStream?.ReadExactly(bytes);
        return bytes;
    }

    // The decompressor takes the end of a file for the end of the data, and what follows the data for nothing; the last four bytes are the length.
    private void CheckEnd()
    {
        var tail = new byte[4];
        file.Seek(-4, SeekOrigin.End);
        file.ReadExactly(tail);
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != (uint)Length())
        {
            throw Damaged("its end is missing, or something follows it");
        }
    }

    // As it was written: members in blocks of 512 bytes, each after one block, and two at the end.
    private long Length()
    {
        var length = header + 1024;
        foreach (var member in Listing.Files)
        {
            length += Blocks(member.Size);
        }
        return length;
    }

    private static long Blocks(long size) => 512 + ((size + 511) / 512 * 512);

    private void Check(string name, string expected, string seen)
    {
        if (seen != expected)
        {
            throw Damaged($"{name}: expected sha256 {expected}, got {seen}");
        }
    }

    private FailureException Unexpected(TarEntry entry) => new(new Failure("bundle.unexpected",
        $"{path}: \"{entry.Name}\" ({entry.EntryType}) is {(Listing.Files.Any(member => member.Path == entry.Name) ? "there twice, or is no file" : $"not in {BundleListing.FileName}")}"));

    private FailureException Damaged(string what, Exception? inner = null) => new(new Failure("bundle.damaged", $"{path}: {what}"), inner);

    private static bool IsFile(TarEntry entry) => entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;

    private static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or FormatException;

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
