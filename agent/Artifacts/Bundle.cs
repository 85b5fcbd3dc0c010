using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A bundle that a node's files come from. What it says of itself is read at once; it is unpacked, once, when the first file is wanted.</summary>
internal sealed class Bundle
{
    private readonly FileTree files;
    private readonly string architecture;
    private readonly Lock gate = new();
    private Task? unpacking;

    private Bundle(FileTree files, string path, string architecture, BundleReader header)
    {
        (this.files, Path, this.architecture, Lock) = (files, path, architecture, header.Lock);
        foreach (var file in header.Listing.Files)
        {
            if (file.IsImage && IsForUs(file))
            {
                Images.Add(file);
            }
        }
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The versions and digests of what is in it.</summary>
    public LockFile Lock { get; }

    /// <summary>The archives of its images for this node.</summary>
    public List<BundleFile> Images { get; } = [];

    /// <summary>Reads what a bundle says of itself.</summary>
    /// <param name="files">The tree that it lies in: the node's, or the caller's own.</param>
    /// <param name="path">Where.</param>
    /// <param name="vouched">Who vouches for files without it: where two know a file, they must agree.</param>
    /// <param name="architecture">Go's name of the node's architecture.</param>
    /// <exception cref="FailureException"><c>bundle.*</c>, <c>artifact.lock-invalid</c>.</exception>
    public static Bundle Open(FileTree files, string path, Digests vouched, string architecture)
    {
        using var header = BundleReader.Open(files, path);
        foreach (var one in header.Lock.Artifacts)
        {
            if (vouched.Find(new Artifact(one.Name, one.Version, one.Arch, one.Url, Packing.Binary)) is { } known && known != one.Sha256)
            {
                throw new FailureException(new Failure("bundle.conflict",
                    $"{path} has {one.Name} {one.Version} {one.Arch} with sha256 {one.Sha256}; {(vouched.Lock is null ? "the built-in table" : "the lock file")} says {known}"));
            }
        }
        return header.Listing.Architectures.Contains(architecture) ? new Bundle(files, path, architecture, header)
            : throw new FailureException(new Failure("bundle.incomplete", $"{path} is for {string.Join(" and ", header.Listing.Architectures)}, this node is {architecture}"));
    }

    /// <summary>Where the archive of one of its images lies once <see cref="UnpackAsync"/> has returned: in the node's own cache, which is emptied
    /// when a run is done, and by an uninstall.</summary>
    public static string PathOf(BundleFile image) => $"{Supply.Cache}/{image.Name}";

    /// <summary>Makes sure that the archive of an image is unpacked, and is the one that is listed.</summary>
    /// <exception cref="FailureException">As <see cref="UnpackAsync"/>.</exception>
    public Task UnpackAsync(BundleFile image, Host host, Supply supply, CancellationToken ct) =>
        host.Files.Sha256(PathOf(image)) == image.Sha256 ? Task.CompletedTask : UnpackAsync(host, supply, ct);

    /// <summary>
    /// Brings its artifacts into the cache and its images into the node's own. Nothing of it counts before every member has been verified: what
    /// it brought is thrown away otherwise.
    /// </summary>
    /// <param name="host">The node.</param>
    /// <param name="supply">Whose cache it is.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>bundle.*</c>, <c>host.*</c>.</exception>
    public Task UnpackAsync(Host host, Supply supply, CancellationToken ct)
    {
        lock (gate)
        {
            // Several files are wanted at a time. What failed or was stopped is tried anew by whoever asks again.
            return unpacking is null or { IsFaulted: true } or { IsCanceled: true } ? unpacking = UnpackAllAsync(host, ArtifactCache.Of(host, supply), ct) : unpacking;
        }
    }

    private async Task UnpackAllAsync(Host host, ArtifactCache cache, CancellationToken ct)
    {
        var (added, archives) = (new List<string>(), new List<AtomicFile>());
        try
        {
            using var bundle = BundleReader.Open(files, Path);
            await bundle.EachAsync(async (file, content) =>
            {
                if (!IsForUs(file))
                {
                    return;
                }
                if (file.IsArtifact && !cache.Has(file.Sha256))
                {
                    try
                    {
                        await cache.AddAsync(file.Sha256, content, ct);
                    }
                    catch (FailureException e) when (e.Failure.Code == "artifact.digest-mismatch")
                    {
                        throw new FailureException(new Failure("bundle.damaged", $"{Path}: {file.Path} ({file.What}) has other bytes than it lists; nothing was installed"), e);
                    }
                    added.Add(file.Sha256);
                }
                else if (file.IsImage)
                {
                    host.Files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
                    host.Files.CreateDirectory(Supply.Cache, Modes.Mode700);
                    var archive = host.Files.Create(PathOf(file), Modes.Mode600);
                    archives.Add(archive);
                    await content.CopyToAsync(archive.Content, ct);
                }
            }, ct);
            foreach (var archive in archives)
            {
                archive.Commit();
            }
        }
        catch (Exception e)
        {
            // Each of them has its own digest; where others share the folder, they may be at it by now.
            if (!cache.IsShared)
            {
                added.ForEach(cache.Drop);
            }
            if (e is IOException or UnauthorizedAccessException)
            {
                throw new FailureException(Guard.Explain(e), e);
            }
            throw;
        }
        finally
        {
            archives.ForEach(archive => archive.Dispose());
        }
    }

    private bool IsForUs(BundleFile file) => file.Architecture.Length == 0 || file.Architecture == architecture;
}
