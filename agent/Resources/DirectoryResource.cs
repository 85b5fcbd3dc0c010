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
        if (trace.Before.Length > 0 && host.Files.Status(Path) is { Kind: FileKind.Directory })
        {
            host.Files.CreateDirectory(Path, (UnixFileMode)Convert.ToInt32(trace.Before, 8));
        }
        // Whatever others put there keeps it.
        if (trace.Before.Length == 0 && host.Files.List(Path).Count == 0)
        {
            host.Files.DeleteDirectory(Path);
        }
        return Task.FromResult("");
    }
}
