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
    private byte[] Bytes => Encoding.UTF8.GetBytes(Content);

    private string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(Path)!];

    /// <inheritdoc/>
    public override string Expected => $"sha256:{Sha256} {Modes.Octal(Mode)}";

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
        var before = Replaced.Describe(host.Files, Path);
        return (Replaced.DigestOf(before) == Sha256, status.Mode == Mode) switch
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
        Replaced.Keep(host.Files, Path);
        host.Files.Write(Path, Bytes, Mode);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        host.Files.Delete(AtomicFile.TemporaryName(Path));
        return Task.FromResult(Remove(host.Files, trace));
    }

    private string Remove(FileTree files, Trace trace)
    {
        // A change that was cut off before it began replaced nothing; behind one that was cut off later stands our own.
        var original = trace.Originals.FirstOrDefault(before => Replaced.IsKept(files, before)
            && (before == trace.Before || !trace.Afters.Any(after => IsSame(before, after)))) ?? "";
        var status = files.Status(Path);
        if (status is not null && !IsOurs(files, trace, status))
        {
            var seen = Replaced.Describe(files, Path);
            return IsSame(seen, trace.Before) || IsSame(seen, original) ? ""
                : $"changed since{(Replaced.DigestOf(original).Length > 0 ? $"; what stood there before is kept as {Replaced.PlaceOf(original)}" : "")}";
        }
        if (original.Length > 0)
        {
            Replaced.PutBack(files, Path, original);
            return "";
        }
        files.Delete(Path);
        return Replaced.DigestOf(trace.Before).Length == 0 ? "" : $"what stood there before is no longer kept in {Replaced.Folder}";
    }

    private bool IsOurs(FileTree files, Trace trace, FileStatus status)
    {
        // Another mode makes it nobody else's.
        var seen = status.Kind is FileKind.File ? Replaced.DigestOf(Replaced.Describe(files, Path)) : "";
        return seen.Length > 0 && ((Content.Length > 0 && seen == Sha256)
            || (trace.Afters.Count == 0 ? trace.IsOurs("", status.Modified) : trace.Afters.Any(after => Replaced.DigestOf(after) == seen)));
    }

    /// <summary>Whether two descriptions are of the same file; the second may not say whose it was.</summary>
    private static bool IsSame(string seen, string before) => before.Length > 0 && seen.StartsWith(before, StringComparison.Ordinal);
}
