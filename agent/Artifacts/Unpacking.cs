using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>The programs of an artifact in a staging folder, unpacked, hashed and written as its bytes come.</summary>
/// <param name="host">The outside world.</param>
/// <param name="artifact">What they come from.</param>
/// <param name="folder">The staging folder.</param>
internal sealed class Unpacking(Host host, Artifact artifact, string folder) : IDisposable
{
    private readonly List<GrowingFile> files = [];
    private readonly List<StagedProgram> programs = [];

    /// <summary>The programs so far. They are on the disk once <see cref="Finish"/> has been called.</summary>
    public IReadOnlyList<StagedProgram> Programs => programs;

    /// <summary>Stages the one program that the bytes are; its digest is the artifact's.</summary>
    public void Copy(RingStream content, string sha256)
    {
        var file = Begin(artifact.Name);
        long size = 0;
        content.Rest(bytes =>
        {
            file.Write(bytes.Span, size);
            size += bytes.Length;
        });
        programs.Add(new StagedProgram(artifact.Name, size, sha256));
    }

    /// <summary>Stages the programs of a gzipped tar.</summary>
    /// <exception cref="FailureException"><c>artifact.archive-unsafe</c>, <c>artifact.archive-invalid</c>, <c>host.*</c>.</exception>
    public void Unpack(Stream archive)
    {
        using var gzip = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        using var plain = new BoundedStream(gzip);
        using var tar = new TarReader(plain);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = GC.AllocateUninitializedArray<byte>(BufferRing.Size);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (; ; )
        {
            plain.ExpectHeader();
            if (tar.GetNextEntry(copyData: false) is not { } entry)
            {
                break;
            }
            plain.ExpectContent();
            if (ArchiveEntry.FileName(entry, artifact) is not { } name)
            {
                continue;
            }
            if (!names.Add(name))
            {
                throw ArchiveEntry.Unsafe(artifact, entry.Name, "it is there twice");
            }
            var content = entry.DataStream ?? Stream.Null;
            var file = ArchiveEntry.IsProgram(entry, name) ? Begin(name) : null;
            long size = 0;
            for (int read; (read = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; size += read)
            {
                if (file is not null)
                {
                    hash.AppendData(buffer, 0, read);
                    file.Write(buffer.AsSpan(0, read), size);
                }
            }
            if (size != entry.Length)
            {
                throw new InvalidDataException($"it ends in the middle of {name}");
            }
            if (file is not null)
            {
                programs.Add(new StagedProgram(name, size, Convert.ToHexStringLower(hash.GetHashAndReset())));
            }
        }
        if (programs.Count == 0)
        {
            throw new FailureException(new Failure("artifact.archive-invalid", $"{artifact}: the archive holds no program"));
        }
    }

    /// <summary>Makes the programs executable, and flushes them to the disk.</summary>
    public void Finish()
    {
        foreach (var file in files)
        {
            file.Finish(Modes.Mode755);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private GrowingFile Begin(string name)
    {
        var file = host.Files.Grow($"{folder}/{name}", lasts: true)
            ?? throw new FailureException(new Failure("host.io", $"{folder}/{name}: somebody else has it open"));
        files.Add(file);
        return file;
    }
}
