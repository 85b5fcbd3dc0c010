using Slipway.Artifacts;
using Slipway.Artifacts.Oci;
using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Images;

/// <summary>The container images of <c>slipway install --images</c>: archives in the OS image, which each node imports at its first boot.</summary>
internal static class BakedImages
{
    /// <summary>What puts them there.</summary>
    /// <param name="given">Each a file of the caller's own, or a reference to pull.</param>
    /// <param name="architecture">Go's name of the architecture that references are pulled for.</param>
    /// <param name="deadline">For each pull.</param>
    /// <returns>A step; none when nothing is given.</returns>
    public static IReadOnlyList<DescribedStep> Describe(IReadOnlyList<string> given, string architecture, TimeSpan deadline) =>
        given.Count == 0 ? [] : [new("baked-images", [.. given.Distinct().Select(one => new BakedImage(one, architecture, deadline))])];

    /// <summary>The names of the images that lie there, sorted; of an archive without names its own.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(FileTree files, CancellationToken ct)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in files.List(Facts.BakedImagesFolder).Where(name => name.EndsWith(".tar", StringComparison.Ordinal)))
        {
            var archive = await ImageArchive.ReadAsync(files, $"{Facts.BakedImagesFolder}/{name}", ct);
            names.UnionWith(archive.References.Count > 0 ? archive.References : [name]);
        }
        return [.. names];
    }
}
