using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>Finds the digest of each artifact for a lock file, and says who vouches for it.</summary>
/// <param name="host">The outside world.</param>
/// <param name="supply">The built-in table, where to load from, and whether checksum files are trusted.</param>
/// <param name="downloads">Whether what nobody vouches for is downloaded, and taken for what it is now.</param>
/// <param name="roots">What signatures are traced back to; null where they are not checked.</param>
internal sealed class LockDraft(Host host, Supply supply, bool downloads, X509Certificate2Collection? roots)
{
    /// <summary>Whether there is any way to a digest of an artifact.</summary>
    public bool CanResolve(Artifact artifact) =>
        downloads || supply.Digests.Find(artifact) is not null || Sidecar.CanVouch(artifact, supply) || (roots is not null && artifact.IsSigned);

    /// <summary>Finds a digest, and checks the signature where there is one and it is asked for.</summary>
    /// <exception cref="FailureException"><c>artifact.*</c>, <c>signature.*</c>, <c>http.*</c>.</exception>
    public async Task<LockEntry> ResolveAsync(Artifact artifact, CancellationToken ct)
    {
        var known = supply.Digests.Find(artifact);
        var (sha256, by) = (known, "the built-in table");
        if (roots is not null && artifact.IsSigned)
        {
            var seen = await HashAsync(artifact, ct);
            if (known is not null && known != seen)
            {
                throw new FailureException(new Failure("artifact.digest-mismatch", $"{artifact} {artifact.Architecture}: the built-in table has sha256 {known}, what was downloaded {seen}"));
            }
            var signature = await SideFile.GetAsync(host, new Uri(artifact.Url + ".sig"), supply, ct);
            var certificate = await SideFile.GetAsync(host, new Uri(artifact.Url + ".cert"), supply, ct);
            Signature.Verify($"{artifact} {artifact.Architecture} ({signature.From})", Convert.FromHexString(seen), signature.Text, certificate.Text, roots);
            return new LockEntry(artifact, seen, known is null ? "its signature" : by, $"signed by {Signature.Identity}");
        }
        if (sha256 is null && Sidecar.CanVouch(artifact, supply))
        {
            (sha256, by) = (await Sidecar.FindAsync(host, artifact, supply, ct), "its checksum file alone");
        }
        if (sha256 is null)
        {
            (sha256, by) = (await HashAsync(artifact, ct), "nobody: downloaded and hashed just now");
            host.Log.Attention($"nobody vouches for {artifact} {artifact.Architecture}; the digest of what was downloaded just now is taken, sha256 {sha256}: compare it with another source");
        }
        return new LockEntry(artifact, sha256, by, roots is null ? null : artifact.Name == "runc" ? "its OpenPGP signature is not checked here" : "no signature that could be checked is published");
    }

    private Task<string> HashAsync(Artifact artifact, CancellationToken ct) => EachOrigin.FirstAsync(host, artifact.Url, supply, async (response, from, token) =>
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var body = await response.Content.ReadAsStreamAsync(token);
        var buffer = new byte[128 * 1024];
        var length = 0L;
        for (int read; (read = await Http.ReadAsync(body, buffer, idle, token)) > 0; length += read)
        {
            var magic = artifact.Packing == Packing.Binary ? "\u007fELF"u8 : [0x1f, 0x8b];
            if (length == 0 && !magic.StartsWith(buffer.AsSpan(0, Math.Min(read, magic.Length))))
            {
                throw new FailureException(new Failure("artifact.content-unexpected",
                    $"{from}: what the server sent is no {(artifact.Packing == Packing.Binary ? "program (ELF)" : "gzip archive")}"));
            }
            hash.AppendData(buffer, 0, read);
        }
        var announced = response.Content.Headers.ContentLength ?? length;
        return length == 0 && announced == 0 ? throw new FailureException(new Failure("artifact.content-unexpected", $"{from}: the server sent nothing"))
            : length < announced ? throw new FailureException(new Failure("http.unreachable", $"{from}: the connection ended after {length} of {announced} bytes"))
            : Convert.ToHexStringLower(hash.GetHashAndReset());
    }, ct);
}

/// <summary>One line of a lock file to be.</summary>
/// <param name="Artifact">The file.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
/// <param name="By">Who vouches for it, for people.</param>
/// <param name="Signature">What came of its signature; null where that was not asked.</param>
internal sealed record LockEntry(Artifact Artifact, string Sha256, string By, string? Signature)
{
    /// <summary>As the lock file has it.</summary>
    public LockedArtifact Locked => new() { Name = Artifact.Name, Version = Artifact.Version, Arch = Artifact.Architecture, Url = Artifact.Url, Sha256 = Sha256 };
}
