using System.Security.Cryptography;
using System.Text;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A file with exactly this content and mode. What a user had there is kept aside and comes back on removal.</summary>
/// <param name="Path">Absolute path on the node.</param>
/// <param name="Content">Its whole content.</param>
/// <param name="Mode">Its permission bits.</param>
internal sealed record FileResource(string Path, string Content, UnixFileMode Mode = Modes.Mode644) : Resource($"file:{Path}")
{
    /// <summary>Where replaced files are kept, named for the SHA-256 of their content.</summary>
    private const string Replaced = "/var/lib/slipway/replaced";

    private byte[] Bytes => Encoding.UTF8.GetBytes(Content);

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var status = host.Files.Status(Path);
        if (status is null)
        {
            return new Finding.Differs($"write {Path}");
        }
        if (status.Kind is FileKind.Directory or FileKind.Other)
        {
            return new Finding.Refused(new Failure("resource.foreign", $"{Path} should be a file and is a {status.Kind}"));
        }
        var seen = status.Kind is FileKind.File ? host.Files.Sha256(Path) : null;
        var before = seen is null ? $"link:{status.LinkTarget}" : $"sha256:{seen} {Modes.Octal(status.Mode)}";
        return (seen == Convert.ToHexStringLower(SHA256.HashData(Bytes)), status.Mode == Mode) switch
        {
            (true, true) => new Finding.AsWanted(),
            (true, false) => new Finding.Differs($"set the mode of {Path} to {Modes.Octal(Mode)}", before),
            _ when await PackagedFile.RefusalAsync(host, Path, ct) is { } refusal => new Finding.Refused(refusal),
            _ => new Finding.Differs($"replace {Path}", before),
        };
    }

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        if (host.Files.Status(Path) is { Kind: FileKind.File } && host.Files.ReadBytes(Path) is { } old)
        {
            var kept = $"{Replaced}/{Convert.ToHexStringLower(SHA256.HashData(old))}";
            if (host.Files.Status(kept) is null)
            {
                host.Files.CreateDirectory(Replaced, Modes.Mode700);
                host.Files.Write(kept, old, Modes.Mode600);
            }
        }
        host.Files.Write(Path, Bytes, Mode);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (trace.Before.StartsWith("sha256:", StringComparison.Ordinal)
            && trace.Before[7..].Split(' ') is [var digest, var mode]
            && host.Files.ReadBytes($"{Replaced}/{digest}") is { } old)
        {
            host.Files.Write(Path, old, (UnixFileMode)Convert.ToInt32(mode, 8));
        }
        else if (trace.Before.StartsWith("link:", StringComparison.Ordinal))
        {
            host.Files.Link(Path, trace.Before[5..]);
        }
        else
        {
            host.Files.Delete(Path);
        }
        return Task.FromResult("");
    }
}
