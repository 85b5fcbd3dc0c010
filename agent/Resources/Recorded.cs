using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>Resources from the ids that the ledger has of them: enough of each to take it away, whatever configuration wanted it.</summary>
internal static class Recorded
{
    /// <summary>The resource of an id; null for a kind that this version does not know.</summary>
    /// <param name="id">Such as <c>file:/etc/crictl.yaml</c>.</param>
    /// <param name="trace">What the ledger knows of it.</param>
    /// <param name="host">Where the records of what was installed lie.</param>
    public static Resource? Of(string id, Trace trace, Host host) => id.Split(':', 2) is not [var kind, var name] ? null : kind switch
    {
        "file" => new FileResource(name, ""),
        "link" => new LinkResource(name, ""),
        "directory" => new DirectoryResource(name),
        "unit" => new UnitResource(name, Running: false, []),
        "sysctl" => new SysctlResource(name, ""),
        "module" => new ModuleResource(name),
        "swap" => new SwapResource(),
        "binary" => BinaryResource.Recorded(name, trace, host),
        "retired" => new RetiredSets(name, ""),
        "trust" => new CaStoreResource("", ""),
        "image" => new PulledImage(name, IsPinned: false, default),
        "image-archive" => new ImportedImages(name, "", default),
        // package: and whatever else there will be: a line each.
        _ => null,
    };
}
