using System.Text.Json;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>What bytes an artifact must have: what the caller gave for it first, then the lock file's word, then the table compiled into this binary.</summary>
/// <param name="locked">The node's lock file; null when it has none.</param>
internal sealed class Digests(LockFile? locked)
{
    /// <summary>The lock file; null when there is none.</summary>
    public LockFile? Lock => locked;

    /// <summary>Digests of single files by the path of their URL, which win over all others: <c>--digest PATH=sha256:HEX</c>.</summary>
    public IReadOnlyDictionary<string, string> Given { get; init; } = new Dictionary<string, string>();

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
        if (Given.TryGetValue(artifact.Url.AbsolutePath, out var given))
        {
            return given;
        }
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

    /// <summary>What to say where nobody vouches for an artifact.</summary>
    public static Failure Unknown(Artifact artifact) => new("artifact.digest-unknown", $"nobody vouches for {artifact} {artifact.Architecture} ({artifact.Url})"
        + (artifact.IsSigned && artifact.Version.AsSpan().ContainsAny('+', '-') ? ": it is not one of upstream's releases, so its vendor's mirror must have it and a lock file its digest" : ""));

    /// <summary>Reads <c>--digest</c> options.</summary>
    /// <param name="options">Each <c>PATH=sha256:HEX</c>; PATH as in the URL, without the host.</param>
    /// <exception cref="FailureException"><c>usage.digest-invalid</c>.</exception>
    public static IReadOnlyDictionary<string, string> ReadGiven(IEnumerable<string> options)
    {
        var given = new Dictionary<string, string>();
        foreach (var option in options)
        {
            var at = option.LastIndexOf("=sha256:", StringComparison.Ordinal);
            var (path, hex) = at < 1 ? ("", "") : (option[..at], option[(at + "=sha256:".Length)..].ToLowerInvariant());
            if (at < 1 || path.Contains("://", StringComparison.Ordinal) || !IsSha256(hex))
            {
                throw new FailureException(new Failure("usage.digest-invalid", $"--digest {option}: expected PATH=sha256:HEX, PATH as in the URL without scheme and host, HEX 64 digits"));
            }
            path = "/" + path.TrimStart('/');
            if (!given.TryAdd(path, hex) && given[path] != hex)
            {
                throw new FailureException(new Failure("usage.digest-invalid", $"--digest {path}: given twice, with different digests"));
            }
        }
        return given;
    }

    /// <summary>Whether a text is a SHA-256 in lower-case hex.</summary>
    public static bool IsSha256(string hex) => hex.Length == 64 && hex.All(char.IsAsciiHexDigitLower);

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
