using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Slipway.Artifacts.Oci;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>A bundle that is being made: its files are brought into a folder of its own and verified there, then packed.</summary>
/// <param name="host">The outside world; its files are the folder.</param>
/// <param name="kubernetes">The version that it is for.</param>
/// <param name="architectures">Go's names of the architectures that it is for.</param>
internal sealed class BundleDraft(Host host, string kubernetes, IReadOnlyList<string> architectures)
{
    // What people give lies on this machine, whatever the folder.
    private static readonly FileTree Here = new("/");

    private readonly List<LockedArtifact> locked = [];
    private readonly List<BundleFile> files = [];

    // Where the bytes of a file lie that was given as it is.
    private readonly Dictionary<string, string> given = [];

    /// <summary>Downloads an artifact.</summary>
    /// <exception cref="FailureException"><c>artifact.digest-unknown</c>, and what a download throws.</exception>
    public async Task AddAsync(Artifact artifact, Supply supply, CancellationToken ct)
    {
        var sha256 = supply.Digests.Find(artifact) ?? throw new FailureException(Digests.Unknown(artifact));
        var path = BundleFile.ArtifactPath(sha256);
        var folder = $"/new/{sha256}";
        // As upstream has it: nothing is unpacked.
        await new Fetch(host, artifact with { Packing = Packing.Binary }, sha256, supply).IntoAsync(folder, ct);
        host.Files.Rename($"{folder}/{artifact.Name}", $"/{path}");
        var size = host.Files.Status($"/{path}")!.Size;
        lock (files)
        {
            locked.Add(new LockedArtifact { Name = artifact.Name, Version = artifact.Version, Arch = artifact.Architecture, Url = artifact.Url, Sha256 = sha256 });
            files.Add(new BundleFile(path, sha256, size, artifact.ToString(), artifact.Architecture));
        }
    }

    /// <summary>Adds an archive of container images as it is.</summary>
    public void AddArchive(string file)
    {
        var path = BundleFile.ImagePath(Path.GetFileNameWithoutExtension(file), "");
        AddImage(path, Here, file, Path.GetFileName(file), "");
        given.Add(path, file);
    }

    /// <summary>Pulls a container image for each architecture.</summary>
    /// <exception cref="FailureException">As <see cref="ImagePull.SaveAsync"/>.</exception>
    public async Task AddImageAsync(ImageReference reference, TimeSpan deadline, CancellationToken ct)
    {
        foreach (var architecture in architectures)
        {
            var path = BundleFile.ImagePath(reference.ToString(), architecture);
            await ImagePull.SaveAsync(host, reference, architecture, null, host.Files, $"/{path}", deadline, ct);
            AddImage(path, host.Files, $"/{path}", reference.ToString(), architecture);
        }
    }

    /// <summary>Packs it all. The same files at the same time make the same bytes.</summary>
    /// <param name="created">When it is made.</param>
    /// <param name="file">Where it is written, on this machine; it appears whole or not at all.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task<BundleListing> PackAsync(DateTimeOffset created, string file, CancellationToken ct)
    {
        var lockFile = LockFile.Write(locked);
        files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        var listing = new BundleListing(kubernetes, architectures, created,
            [new BundleFile(BundleListing.LockName, Convert.ToHexStringLower(SHA256.HashData(lockFile)), lockFile.Length, BundleListing.LockName, ""), .. files]);
        var json = listing.ToJson();
        using var target = Here.Create(file, Modes.Mode644);
        try
        {
            // Half of it are programs that nobody has packed yet: the fastest level halves them, and costs the rest little.
            await using (var packed = new GZipStream(target.Content, CompressionLevel.Fastest, leaveOpen: true))
            {
                var tar = new UstarWriter(packed);
                await tar.AddAsync(BundleListing.FileName, json, ct);
                await tar.AddAsync(BundleListing.LockName, lockFile, ct);
                await tar.AddAsync(BundleListing.SumsName, Encoding.UTF8.GetBytes(listing.Sums(Convert.ToHexStringLower(SHA256.HashData(json)))), ct);
                foreach (var one in files)
                {
                    await using var content = given.TryGetValue(one.Path, out var own) ? Here.OpenRead(own) : host.Files.OpenRead($"/{one.Path}");
                    await tar.AddAsync(one.Path, one.Size, content!, ct);
                }
                await tar.EndAsync(ct);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(Guard.Explain(e), e);
        }
        target.Commit();
        return listing;
    }

    private void AddImage(string path, FileTree tree, string file, string what, string architecture)
    {
        if (files.Exists(one => one.Path == path))
        {
            throw new FailureException(new Failure("usage.image-invalid", $"--images {what} is given twice, or has the name of another: {path}"));
        }
        files.Add(new BundleFile(path, tree.Sha256(file)!, tree.Status(file)!.Size, what, architecture));
    }
}
