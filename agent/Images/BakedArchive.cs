using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Images;

/// <summary>An archive of container images in the OS image that a bundle brings.</summary>
/// <param name="File">What the bundle says of it.</param>
/// <param name="Supply">The supply with the bundle.</param>
internal sealed record BakedArchive(BundleFile File, Supply Supply) : Resource($"file:{Facts.BakedImagesFolder}/{File.Name}")
{
    private string Target => $"{Facts.BakedImagesFolder}/{File.Name}";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [Facts.BakedImagesFolder];

    /// <inheritdoc/>
    public override string Expected => $"sha256:{File.Sha256} {Modes.Octal(Modes.Mode644)}";

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) =>
        Task.FromResult<Finding>(host.Files.Status(Target) is { } status && status.Kind is FileKind.Directory or FileKind.Other
            ? new Finding.Refused(new Failure("resource.foreign", $"{Target} should be a file and is a {status.Kind}"))
            : host.Files.Status(Target) is { Kind: FileKind.File, Mode: Modes.Mode644 } && host.Files.Sha256(Target) == File.Sha256
            ? new Finding.AsWanted()
            : new Finding.Differs($"add {File.What} of {Supply.Bundle!.Path} as {Target}", Replaced.Describe(host.Files, Target)));

    /// <inheritdoc/>
    public override Task PrepareAsync(Host host, CancellationToken ct) => Supply.Bundle!.UnpackAsync(File, host, Supply, ct);

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        BakedImages.Keep(host, Id, Target);
        // Not moved: an image may have its /var on another file system than its /usr.
        await using (var source = host.Files.OpenRead(Bundle.PathOf(File)) ?? throw new FailureException(new Failure("host.io", $"{Bundle.PathOf(File)} is gone")))
        {
            using var target = host.Files.Create(Target, Modes.Mode644);
            await source.CopyToAsync(target.Content, ct);
            target.Commit();
        }
        host.Files.Delete(Bundle.PathOf(File));
    }

    /// <inheritdoc/>
    public override string After(Host host) => Replaced.Describe(host.Files, Target);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => new FileResource(Target, "").RemoveAsync(host, trace, ct);
}
