using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>The images of an archive that comes in a bundle: unpacked when they are wanted, imported like any other, and gone from the disk then.</summary>
/// <param name="Archive">The archive, where it will lie.</param>
/// <param name="File">What the bundle says of it.</param>
/// <param name="Supply">The supply with the bundle.</param>
internal sealed record BundledImages(ImportedImages Archive, BundleFile File, Supply Supply) : Resource(Archive.Id)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => Archive.Folders;

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) =>
        await Archive.InspectAsync(host, scrutiny, ct) switch
        {
            Finding.Refused { Failure.Code: "image.archive-missing" } => new ImageStore(host).IsNowhere
                ? new Finding.NotApplicable("no containerd runs below this root")
                : new Finding.Differs($"import the images of {Archive.Path} from {Supply.Bundle!.Path}"),
            var other => other,
        };

    /// <inheritdoc/>
    public override Task PrepareAsync(Host host, CancellationToken ct) => Supply.Bundle!.UnpackAsync(File, host, Supply, ct);

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        await Archive.ApplyAsync(host, ct);
        host.Files.Delete(Archive.Path);
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Archive.RemoveAsync(host, trace, ct);
}
