using Slipway.Engine;
using Slipway.Hosting;

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
    public override Task ApplyAsync(Host host, CancellationToken ct)
    {
        foreach (var version in Retired(host))
        {
            var end = BinaryResource.OfSet($"{Folder}/{version}/bin") + ".json";
            foreach (var record in host.Files.List(BinaryResource.Installed).Where(name => name.EndsWith(end, StringComparison.Ordinal)))
            {
                host.Files.Delete($"{BinaryResource.Installed}/{record}");
            }
            host.Files.DeleteDirectory($"{Folder}/{version}");
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Task.FromResult("");

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

        List<string> Others() => [.. host.Files.List(Folder).Where(name => !kept.Contains(name) && host.Files.Status($"{Folder}/{name}") is { Kind: FileKind.Directory })];
    }
}
