using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>Programs of a versioned set: <c>/opt/slipway/SET/VERSION/bin</c>, one <c>current</c> link, and links in <c>/usr/bin</c>.</summary>
internal static class Programs
{
    /// <summary>An artifact's programs in a directory, fetched and verified as the intent says.</summary>
    public static BinaryResource From(this Intent intent, Artifact artifact, string directory) => new(artifact, directory, intent.Supply);

    /// <summary>
    /// The set's artifacts, then its <c>current</c> link, then the links of its programs: nothing points to what is not there yet. Of other sets the
    /// one before stays, to be put back; older ones go last.
    /// </summary>
    /// <param name="intent">What is wanted.</param>
    /// <param name="set"><c>kubernetes</c> or <c>runtime</c>.</param>
    /// <param name="version">The set's version.</param>
    /// <param name="artifacts">What it is made of.</param>
    /// <param name="names">The programs that get a link in <c>/usr/bin</c>.</param>
    public static IEnumerable<Resource> Set(Intent intent, string set, string version, IEnumerable<Artifact> artifacts, params string[] names) =>
    [
        .. artifacts.Where(artifact => intent.Wants(artifact.Name)).Select(artifact => intent.From(artifact, Folder(set, version))),
        new LinkResource(Current(set), version),
        .. names.Where(name => intent.Wants(PartOf(name))).Select(name => new LinkResource($"/usr/bin/{name}", $"{Current(set)}/bin/{name}")),
        new RetiredSets($"/opt/slipway/{set}", version),
    ];

    /// <summary>The name in the catalog of what a program comes with.</summary>
    private static string PartOf(string program) => program is "containerd-shim-runc-v2" or "ctr" ? "containerd" : program;

    /// <summary>The records of the runtime's artifacts: they change whenever the programs do.</summary>
    public static IEnumerable<string> Records(Intent intent, params string[] artifacts) => artifacts.Select(artifact =>
        BinaryResource.RecordOf(Folder("runtime", intent.Release.Containerd), artifact, intent.Release.VersionOf(artifact)));

    private static string Folder(string set, string version) => $"/opt/slipway/{set}/{version}/bin";

    /// <summary>The link that names the set in use.</summary>
    public static string Current(string set) => $"/opt/slipway/{set}/current";
}
