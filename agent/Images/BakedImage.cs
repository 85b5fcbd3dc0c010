using Slipway.Artifacts;
using Slipway.Artifacts.Oci;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Images;

/// <summary>An archive of container images in the OS image.</summary>
/// <param name="Given">A file of the caller's own, or a reference that is pulled.</param>
/// <param name="Architecture">Go's name of the architecture that a reference is pulled for.</param>
/// <param name="Deadline">For the pull.</param>
internal sealed record BakedImage(string Given, string Architecture, TimeSpan Deadline) : Resource($"file:{PathOf(Given)}")
{
    private static readonly string[] Endings = [".tar.gz", ".tgz", ".tar"];

    // The caller's files are not below the image's root.
    private readonly FileTree own = new("/");

    private string Target => PathOf(Given);

    private string Source => Path.GetFullPath(Given);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [Facts.BakedImagesFolder];

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (!IsFile(Given) && ImageReference.TryParse(Given) is null)
        {
            return new Finding.Refused(new Failure("usage.image-invalid", $"--images {Given}: neither a file nor an image's name"));
        }
        if (IsFile(Given) && !own.Exists(Source))
        {
            return new Finding.Refused(new Failure("image.archive-missing", $"--images {Given}: there is no such file"));
        }
        try
        {
            if (IsFile(Given))
            {
                await ImageArchive.ReadAsync(own, Source, ct);
            }
            // A tag may have moved since: whoever wants it anew takes the file away.
            var isThere = host.Files.Status(Target) is { Kind: FileKind.File, Mode: Modes.Mode644 } && (IsFile(Given)
                ? host.Files.Sha256(Target) == own.Sha256(Source)
                : (await ImageArchive.ReadAsync(host.Files, Target, ct)).References.Contains(ImageReference.Parse(Given).ToString()));
            return isThere ? new Finding.AsWanted() : new Finding.Differs($"add {Given} as {Target}", Replaced.Describe(host.Files, Target));
        }
        catch (FailureException e)
        {
            return new Finding.Refused(e.Failure);
        }
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        BakedImages.Keep(host, Id, Target);
        if (!IsFile(Given))
        {
            await ImagePull.SaveAsync(host, ImageReference.Parse(Given), Architecture, null, host.Files, Target, Deadline, ct);
            return;
        }
        await using var source = own.OpenRead(Source)!;
        using var target = host.Files.Create(Target, Modes.Mode644);
        await source.CopyToAsync(target.Content, ct);
        target.Commit();
    }

    /// <inheritdoc/>
    public override string After(Host host) => Replaced.Describe(host.Files, Target);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => new FileResource(Target, "").RemoveAsync(host, trace, ct);

    /// <summary>Whether what was given means a file, there or not, rather than an image's name.</summary>
    public static bool IsFile(string given) => given.StartsWith('/') || given.StartsWith('.') || Array.Exists(Endings, ending => given.EndsWith(ending, StringComparison.Ordinal));

    private static string PathOf(string given)
    {
        var name = IsFile(given) ? Path.GetFileName(given) : new string([.. given.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-')]);
        var ending = IsFile(given) ? Array.Find(Endings, ending => name.EndsWith(ending, StringComparison.Ordinal)) ?? "" : "";
        return $"{Facts.BakedImagesFolder}/{name[..^ending.Length]}.tar";
    }
}
