using System.Buffers;
using System.Security.Cryptography;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>
/// Files by their SHA-256: on the node until they are installed, or in a folder of the caller's own that several installs share. What lies here is
/// verified again whenever it is used.
/// </summary>
internal sealed class ArtifactCache
{
    private readonly FileTree files;
    private readonly string folder;
    private readonly TimeProvider clock;

    private ArtifactCache(Host host, string? own) =>
        (files, folder, IsShared, clock) = (own is null ? host.Files : new FileTree("/"), own ?? Supply.Cache, own is not null, host.Clock);

    /// <summary>Whether files stay here once they are installed.</summary>
    public bool IsShared { get; }

    /// <summary>The cache of a supply: the caller's own, else the node's.</summary>
    public static ArtifactCache Of(Host host, Supply supply) => new(host, supply.SharedCache);

    /// <summary>Removes what the node's own cache still holds: once all is installed nothing of it is needed. Folders that others made or mounted
    /// there stay.</summary>
    public static void Clear(Host host)
    {
        foreach (var name in host.Files.List(Supply.Cache))
        {
            if (host.Files.Status($"{Supply.Cache}/{name}")?.Kind is FileKind.File or FileKind.Link)
            {
                host.Files.Delete($"{Supply.Cache}/{name}");
            }
        }
        host.Files.DeleteEmpty(Supply.Cache);
    }

    /// <summary>Where a file with this digest lies, whether it is there or not.</summary>
    public string PathOf(string sha256) => $"{folder}/{sha256}";

    /// <summary>Whether a file with this digest is there.</summary>
    public bool Has(string sha256) => files.Status(PathOf(sha256)) is { Kind: FileKind.File };

    /// <summary>Adds a file.</summary>
    /// <param name="sha256">The digest that it must have, lower-case hex.</param>
    /// <param name="content">Its bytes; read to their end.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>artifact.digest-mismatch</c>, and nothing was added; <c>host.*</c>.</exception>
    public async Task AddAsync(string sha256, Stream content, CancellationToken ct)
    {
        // Others may be at the same file in a folder that is shared.
        using var part = Begin(sha256, lasts: true);
        part.Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                part.Bytes.Write(buffer.AsSpan(0, read), part.Bytes.Length);
            }
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) is var seen && seen != sha256)
            {
                throw new FailureException(new Failure("artifact.digest-mismatch", $"{PathOf(sha256)}: expected sha256 {sha256}, got {seen}; it was not kept"));
            }
            Keep(part, sha256);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            part.End(isWorthKeeping: false);
        }
    }

    /// <summary>Opens a file for reading; null when there is none.</summary>
    public Stream? Open(string sha256) => files.OpenRead(PathOf(sha256));

    /// <summary>Removes a file.</summary>
    public void Drop(string sha256) => files.Delete(PathOf(sha256));

    /// <summary>The download of a file as far as it came, locked for us.</summary>
    /// <param name="sha256">The digest that the whole will have.</param>
    /// <param name="lasts">Whether it is what will be installed.</param>
    public PartialDownload Begin(string sha256, bool lasts)
    {
        // The caller's own folder keeps the rights that it was given.
        if (IsShared)
        {
            PartialDownload.Sweep(files, folder, clock.GetUtcNow().UtcDateTime);
        }
        else
        {
            files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
            files.CreateDirectory(folder, Modes.Mode700);
        }
        return PartialDownload.Open(files, PathOf(sha256), lasts || IsShared, takesWhole: !IsShared);
    }

    /// <summary>Keeps a download that was verified, for the installs to come.</summary>
    public void Keep(PartialDownload whole, string sha256)
    {
        whole.Bytes.Finish(Mode);
        whole.Bytes.TryMove(files.Resolve(PathOf(sha256)));
        files.FlushFolder(folder);
    }

    private UnixFileMode Mode => IsShared ? Modes.Mode644 : Modes.Mode600;
}
