using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The version folders of a set that nothing goes back to: all but the one in use and the one that was in use before it. They are removed.</summary>
/// <param name="Folder">The set's folder, such as <c>/opt/slipway/kubernetes</c>, with a link <c>current</c> in it.</param>
/// <param name="Version">The version that is wanted.</param>
internal sealed record RetiredSets(string Folder, string Version) : Resource($"retired:{Folder}")
{
    private string Current => $"{Folder}/current";

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var retired = Retired(host);
        return Task.FromResult<Finding>(retired.Count == 0
            ? new Finding.AsWanted()
            : new Finding.Differs($"remove {string.Join(", ", retired.Select(version => $"{Folder}/{version}"))}, which nothing goes back to any more"));
    }

    /// <inheritdoc/>
    /// <remarks>File by file, as the records name them: what others put or mounted there is out of reach.</remarks>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        foreach (var version in Retired(host))
        {
            var bin = Bin(version);
            foreach (var record in Records(host, bin))
            {
                await BinaryResource.Recorded(record, new Trace("", $"directory:{bin}"), host).RemoveAsync(host, new Trace(""), ct);
            }
            foreach (var staging in Staged(host, bin))
            {
                host.Files.DeleteDirectory($"{bin}/{staging}");
            }
            if (!host.Files.DeleteEmpty(bin) || !host.Files.DeleteEmpty($"{Folder}/{version}"))
            {
                host.Log.Attention($"{Folder}/{version} holds files that slipway did not put there, and stays");
            }
        }
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Task.FromResult("");

    private string Bin(string version) => $"{Folder}/{version}/bin";

    private static IEnumerable<string> Records(Host host, string bin) =>
        host.Files.List(BinaryResource.Installed).Where(name => Path.GetExtension(name) is ".json" or BinaryResource.Pending)
            .Select(name => Path.GetFileNameWithoutExtension(name)).Distinct().Where(key => key.EndsWith(BinaryResource.OfSet(bin), StringComparison.Ordinal));

    private static IEnumerable<string> Staged(Host host, string bin) => host.Files.List(bin).Where(name => name.StartsWith(".slipway-", StringComparison.Ordinal));

    private List<string> Retired(Host host)
    {
        var kept = new List<string> { "current", Version };
        if (host.Files.Status(Current)?.LinkTarget is { } current)
        {
            kept.Add(current);
        }
        var others = Others();
        // The ledger knows which was in use before; one other folder can only be that one, or what was cut off on the way here.
        if (others.Count > 1)
        {
            var id = new LinkResource(Current, Version).Id;
            var before = Ledger.Read(host.Files).LastOrDefault(entry => entry.Resource == id && entry.Event == LedgerEvent.Intent && entry.Before.Length > 0 && !kept.Contains(entry.Before));
            if (before is null)
            {
                return [];
            }
            kept.Add(before.Before);
            others = Others();
        }
        else
        {
            others.Clear();
        }
        return others;

        // Where nothing is ours any more, nothing is to be done.
        List<string> Others() => [.. host.Files.List(Folder).Where(name => !kept.Contains(name) && host.Files.Status($"{Folder}/{name}") is { Kind: FileKind.Directory }
            && (host.Files.List(Bin(name)) is { Count: 0 } || Records(host, Bin(name)).Any() || Staged(host, Bin(name)).Any()))];
    }
}
