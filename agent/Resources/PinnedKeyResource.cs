using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The key of a package repository as a file: fetched, and written only when it is the one that is known.</summary>
/// <param name="Path">Absolute path on the node.</param>
/// <param name="Url">Where the repository publishes it.</param>
/// <param name="Fingerprint">The fingerprint it must have: 40 upper-case hex digits.</param>
/// <param name="Deadline">For fetching it, with all retries.</param>
/// <remarks>Its id is that of a file: to the ledger, and to whoever removes it, it is one.</remarks>
internal sealed record PinnedKeyResource(string Path, Uri Url, string Fingerprint, TimeSpan Deadline) : Resource($"file:{Path}")
{
    /// <summary>Keys have a few KiB; one with all its signatures may have more.</summary>
    private const int Most = 1 << 20;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(Path)!];

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var status = host.Files.Status(Path);
        Finding finding = status switch
        {
            null => new Finding.Differs($"write {Path}: the key of {Http.Shown(Url)}"),
            { Kind: FileKind.File, Mode: Modes.Mode644 } when IsIt(host) => new Finding.AsWanted(),
            // The folder is the distribution's, the name is ours.
            { Kind: FileKind.File } => new Finding.Differs($"replace {Path}: the key of {Http.Shown(Url)}", Replaced.Describe(host.Files, Path)),
            _ => new Finding.Refused(new Failure("resource.foreign", $"{Path} should be a file and is a {status.Kind}")),
        };
        return Task.FromResult(finding);
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var key = await new Retry(Deadline).RunAsync($"fetch {Http.Shown(Url)}", host.Clock, host.Log, async (_, token) =>
        {
            using var response = await host.Http.GetAsync(Url, token);
            return OpenPgpKey.Read(System.Text.Encoding.UTF8.GetBytes(await Http.ReadTextAsync(response, token)), Http.Shown(Url));
        }, ct);
        if (key.Fingerprint != Fingerprint)
        {
            throw new FailureException(new Failure("package.key-mismatch",
                $"{Http.Shown(Url)}: expected the key {Fingerprint}, got {key.Fingerprint}; nothing was written"));
        }
        Replaced.Keep(host.Files, Path);
        host.Files.Write(Path, key.Armored(), Modes.Mode644);
    }

    /// <inheritdoc/>
    public override string After(Host host) => Replaced.Describe(host.Files, Path);

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => new FileResource(Path, "").RemoveAsync(host, trace, ct);

    private bool IsIt(Host host)
    {
        try
        {
            return host.Files.ReadBytes(Path, Most) is { } bytes && OpenPgpKey.Read(bytes, Path).Fingerprint == Fingerprint;
        }
        catch (FailureException)
        {
            return false;
        }
    }
}
