using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>The checksum file beside an artifact, for a configuration that trusts it: it comes from the artifact's own server, so it shows damage and no fraud.</summary>
internal static class Sidecar
{
    /// <summary>Whether a checksum file may vouch for an artifact, upstream publishes one, and an origin has files by their name.</summary>
    public static bool CanVouch(Artifact artifact, Supply supply) =>
        supply.TrustsSidecars && artifact.Checksums is { } file && supply.Origins.Any(origin => origin.Locate(file) is not null);

    /// <summary>The digest that an artifact's checksum file gives, lower-case hex; the log says that nothing else vouches for it.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="artifact">Whose digest is asked for.</param>
    /// <param name="supply">Where to try, and whether such a file is trusted at all.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <exception cref="FailureException"><c>artifact.digest-unknown</c>, <c>artifact.sidecar-invalid</c>, <c>http.*</c>.</exception>
    public static async Task<string> FindAsync(Host host, Artifact artifact, Supply supply, CancellationToken ct)
    {
        if (!CanVouch(artifact, supply))
        {
            throw new FailureException(Digests.Unknown(artifact));
        }
        var file = await SideFile.GetAsync(host, artifact.Checksums!, supply, ct, text => ChecksumList.Find(text, Path.GetFileName(artifact.Url.AbsolutePath)));
        var sha256 = file.Text;
        host.Log.Attention($"only {file.From}, which comes from the same server, vouches for {artifact} (sha256 {sha256}): "
            + "it shows that a download is whole, not who made it");
        return sha256;
    }
}
