using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>Programs of a versioned set: <c>/opt/slipway/SET/VERSION/bin</c>, one <c>current</c> link, and links in <c>/usr/bin</c>.</summary>
internal static class Programs
{
    /// <summary>An artifact's programs in a directory, fetched and verified as the intent says.</summary>
    public static BinaryResource From(this Intent intent, Artifact artifact, string directory) => new(artifact, directory, intent.Supply);

    /// <summary>The set's artifacts, then its <c>current</c> link, then the links of its programs: nothing points to what is not there yet.</summary>
    /// <param name="intent">What is wanted.</param>
    /// <param name="set"><c>kubernetes</c> or <c>runtime</c>.</param>
    /// <param name="version">The set's version.</param>
    /// <param name="artifacts">What it is made of.</param>
    /// <param name="names">The programs that get a link in <c>/usr/bin</c>.</param>
    public static IEnumerable<Resource> Set(Intent intent, string set, string version, IEnumerable<Artifact> artifacts, params string[] names) =>
    [
        .. artifacts.Select(artifact => intent.From(artifact, $"/opt/slipway/{set}/{version}/bin")),
        new LinkResource(Current(set), version),
        .. names.Select(name => new LinkResource($"/usr/bin/{name}", $"{Current(set)}/bin/{name}")),
    ];

    /// <summary>The records of a release's artifacts: they change whenever the programs do.</summary>
    public static IEnumerable<string> Records(Intent intent, params string[] artifacts) =>
        artifacts.Select(artifact => BinaryResource.RecordOf(artifact, intent.Release.VersionOf(artifact)));

    /// <summary>The link that names the set in use.</summary>
    public static string Current(string set) => $"/opt/slipway/{set}/current";
}
