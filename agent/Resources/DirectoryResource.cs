using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A directory with this mode.</summary>
/// <param name="Path">Absolute path on the node.</param>
/// <param name="Mode">Its permission bits.</param>
internal sealed record DirectoryResource(string Path, UnixFileMode Mode = Modes.Mode755) : Resource($"directory:{Path}")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(Path)!];

    /// <inheritdoc/>
    public override string Expected => Modes.Octal(Mode);

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct) => Task.FromResult<Finding>(
        host.Files.Status(Path) switch
        {
            null => new Finding.Differs($"make the directory {Path}"),
            { Kind: FileKind.Directory, Mode: var mode } when mode == Mode => new Finding.AsWanted(),
            { Kind: FileKind.Directory, Mode: var mode } => new Finding.Differs($"set the mode of {Path} to {Modes.Octal(Mode)}", Modes.Octal(mode)),
            // A link to a directory is how people move /opt to another disk.
            { Kind: FileKind.Link } when host.Files.Exists(Path) => new Finding.AsWanted(),
            { Kind: var kind } => new Finding.Refused(new Failure("resource.foreign", $"{Path} should be a directory and is a {kind}")),
        });

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        host.Files.CreateDirectory(Path, Mode);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (host.Files.Status(Path) is not { Kind: FileKind.Directory } status)
        {
            return Task.FromResult("");
        }
        if (trace.Before.Length == 0)
        {
            return Task.FromResult(host.Files.DeleteEmpty(Path) ? "" : $"holds what is not slipway's ({string.Join(", ", host.Files.List(Path).Take(5))})");
        }
        if (trace.Afters.Count == 0 || trace.Afters.Contains(Modes.Octal(status.Mode)))
        {
            host.Files.CreateDirectory(Path, (UnixFileMode)Convert.ToInt32(trace.Before, 8));
        }
        return Task.FromResult("");
    }
}
