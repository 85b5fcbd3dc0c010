using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A symbolic link. A file that somebody else put at its path is never replaced.</summary>
/// <param name="Path">Absolute path of the link.</param>
/// <param name="Target">What it points to, as it is written in the link.</param>
internal sealed record LinkResource(string Path, string Target) : Resource($"link:{Path}")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(Path)!];

    /// <inheritdoc/>
    public override string Expected => Target;

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) =>
        host.Files.Status(Path) switch
        {
            null => new Finding.Differs($"link {Path} to {Target}"),
            { Kind: FileKind.Link, LinkTarget: var target } when target == Target => new Finding.AsWanted(),
            _ when await PackagedFile.RefusalAsync(host, Path, ct) is { } refusal => new Finding.Refused(refusal),
            { Kind: FileKind.Link, LinkTarget: var target } => new Finding.Differs($"point {Path} to {Target}", target!),
            _ => new Finding.Refused(new Failure("resource.foreign",
                $"{Path} should be a link to {Target}, but something else put a file there",
                $"Remove the package or file that owns {Path} (dpkg -S {Path}; rpm -qf {Path}), or set spec.runtime.source or "
                + "spec.kubernetes.source to what is installed.")),
        };

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        host.Files.Link(Path, Target);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        host.Files.Delete(AtomicFile.TemporaryName(Path));
        switch (host.Files.Status(Path))
        {
            case { Kind: FileKind.Link, LinkTarget: var target } when target == trace.Before:
                return Task.FromResult("");
            case { Kind: FileKind.Link, LinkTarget: var target, Modified: var modified } when target != Target && !trace.IsOurs(target!, modified):
                return Task.FromResult($"points to {target} since");
            case { Kind: not FileKind.Link and var kind }:
                return Task.FromResult($"is a {kind} since");
            default:
                break;
        }
        if (trace.Before.Length > 0)
        {
            host.Files.Link(Path, trace.Before);
        }
        else
        {
            host.Files.Delete(Path);
        }
        return Task.FromResult("");
    }
}
