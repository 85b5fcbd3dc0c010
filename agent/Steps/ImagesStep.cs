using Slipway.Artifacts;
using Slipway.Artifacts.Oci;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>Container images that are there before the join: those the OS image brought, archives imported, references pulled.</summary>
internal sealed class ImagesStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "images";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts)
    {
        var wanted = new List<Resource>();
        if (intent.AtImageTime)
        {
            // Nothing runs yet that would take them; BakedImages puts them there for the first boot.
            return wanted;
        }
        var deadline = intent.Supply.Deadline;
        var pause = ImageReference.Parse(intent.Release.SandboxImage).ToString();
        foreach (var path in facts.BakedImages.Union(intent.Config.Images?.Archives ?? []))
        {
            wanted.Add(new ImportedImages(path, pause, deadline));
        }
        foreach (var file in intent.Bundle?.Images ?? [])
        {
            wanted.Add(new BundledImages(new ImportedImages(Bundle.PathOf(file), pause, deadline), file, intent.Supply));
        }
        foreach (var reference in (intent.Config.Images?.Pull ?? []).Select(name => ImageReference.Parse(name).ToString()).Distinct())
        {
            wanted.Add(new PulledImage(reference, reference == pause, deadline));
        }
        return wanted;
    }
}
