using System.Text.Json;

namespace Slipway.Artifacts;

/// <summary>What bytes an artifact must have: the lock file's word first, then the table compiled into this binary.</summary>
/// <param name="locked">The node's lock file; null when it has none.</param>
internal sealed class Digests(LockFile? locked)
{
    /// <summary>The lock file; null when there is none.</summary>
    public LockFile? Lock => locked;

    // artifact → version → architecture → hex; kept as a document because one boot asks for seven of its rows.
    private static readonly Lazy<JsonElement> Table = new(() =>
    {
        using var resource = typeof(Digests).Assembly.GetManifestResourceStream("artifact-digests.json")!;
        using var document = JsonDocument.Parse(resource);
        return document.RootElement.GetProperty("artifacts").Clone();
    });

    /// <summary>The SHA-256 that an artifact must have, in lower-case hex; null when nobody vouches for it.</summary>
    public string? Find(Artifact artifact)
    {
        var entry = locked?.Artifacts.FirstOrDefault(candidate =>
            candidate.Url.AbsolutePath == artifact.Url.AbsolutePath && candidate.Arch == artifact.Architecture);
        if (entry is not null)
        {
            return entry.Sha256;
        }
        return Table.Value.TryGetProperty(artifact.Name, out var versions)
            && versions.TryGetProperty(artifact.Version, out var architectures)
            && architectures.TryGetProperty(artifact.Architecture, out var hex)
            ? hex.GetString()
            : null;
    }

    /// <summary>The one version of an artifact that the lock file names; null when it names none or several.</summary>
    public string? LockedVersion(string name, string architecture) =>
        locked?.Artifacts.Where(artifact => artifact.Name == name && artifact.Arch == architecture).Select(artifact => artifact.Version)
            .Distinct().ToArray() is [var only] ? only : null;

    /// <summary>The newest patch of a minor version, such as <c>1.36</c>, whose kubelet has a known digest; null when there is none.</summary>
    public string? NewestPatch(string minor, string architecture)
    {
        var known = new List<string>();
        if (Table.Value.TryGetProperty("kubelet", out var versions))
        {
            foreach (var version in versions.EnumerateObject())
            {
                known.Add(version.Name);
            }
        }
        var fromLock = locked?.Artifacts.Where(a => a.Name == "kubelet" && a.Arch == architecture).Select(a => a.Version) ?? [];
        return fromLock.Concat(known)
            .Where(version => version.StartsWith(minor + ".", StringComparison.Ordinal) && Version.TryParse(version, out _))
            .MaxBy(Version.Parse);
    }
}
