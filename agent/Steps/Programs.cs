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
        .. artifacts.Where(artifact => intent.Wants(PartOf(artifact.Name))).Select(artifact => intent.From(artifact, Folder(set, version))),
        new LinkResource(Current(set), version),
        .. names.Where(name => intent.Wants(PartOf(name))).Select(name => new LinkResource($"/usr/bin/{name}", $"{Current(set)}/bin/{name}")),
        new RetiredSets($"/opt/slipway/{set}", version),
    ];

    /// <summary>The part that a program or an artifact belongs to: containerd has a static build, and comes with more programs than one.</summary>
    private static string PartOf(string name) => name is "containerd-shim-runc-v2" or "ctr" or Catalog.StaticContainerd ? "containerd" : name;

    /// <summary>The records of the runtime's artifacts: they change whenever the programs do.</summary>
    public static IEnumerable<string> Records(Intent intent, params string[] artifacts) => artifacts.Select(artifact =>
        BinaryResource.RecordOf(Folder("runtime", intent.Release.Containerd), artifact, intent.Release.VersionOf(artifact)));

    private static string Folder(string set, string version) => $"/opt/slipway/{set}/{version}/bin";

    /// <summary>The link that names the set in use.</summary>
    public static string Current(string set) => $"/opt/slipway/{set}/current";
}
