using Slipway.Artifacts;
using Slipway.Artifacts.Oci;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Images;

/// <summary>The container images of <c>slipway install --images</c>: archives in the OS image, which each node imports at its first boot.</summary>
internal static class BakedImages
{
    /// <summary>What puts them there.</summary>
    /// <param name="given">Each a file of the caller's own, or a reference to pull.</param>
    /// <param name="architecture">Go's name of the architecture that references are pulled for.</param>
    /// <param name="deadline">For each pull.</param>
    /// <param name="supply">The supply with a bundle whose images are put there too; null for none.</param>
    /// <returns>A step; none when nothing is given.</returns>
    /// <exception cref="FailureException"><c>usage.option-invalid</c>: two have one name.</exception>
    public static IReadOnlyList<DescribedStep> Describe(IReadOnlyList<string> given, string architecture, TimeSpan deadline, Supply? supply = null)
    {
        var baked = new List<Resource>();
        foreach (var file in supply?.Bundle?.Images ?? [])
        {
            baked.Add(new BakedArchive(file, supply!));
        }
        foreach (var one in given.Distinct())
        {
            var image = new BakedImage(one, architecture, deadline);
            if (baked.Exists(other => other.Id == image.Id))
            {
                throw new FailureException(new Failure("usage.option-invalid", $"--images {one}: another one, or one of the bundle's, has its name: {image.Id}", "Give one of them another name."));
            }
            baked.Add(image);
        }
        return baked.Count == 0 ? [] : [new("baked-images", baked)];
    }

    /// <summary>Keeps aside what others have at an archive's path. An archive of ours that is replaced goes for good: they are large.</summary>
    public static void Keep(Host host, string id, string path)
    {
        var seen = Replaced.DigestOf(Replaced.Describe(host.Files, path));
        var ours = Owned.Of(Ledger.Read(host.Files)).FirstOrDefault(owned => owned.Id == id)?.Trace.Afters ?? [];
        if (!ours.Any(after => Replaced.DigestOf(after) == seen))
        {
            Replaced.Keep(host.Files, path);
        }
    }

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
