using Slipway.Config;
using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>Which sources are asked where the caller names none, and in which order: the first that has something is the one.</summary>
/// <param name="Platform">What decided: <c>vmware</c>, <c>ec2</c>, <c>qemu</c>, <c>unknown</c>, or the file of the settings.</param>
/// <param name="Names">The sources' names in their order.</param>
internal sealed record SourceOrder(string Platform, IReadOnlyList<string> Names)
{
    /// <summary>The sources themselves.</summary>
    public IEnumerable<ConfigSource> Sources => Names.Select(name => Platform == Settings.FilePath ? ConfigSource.OfNode(name) : ConfigSource.Parse(name));

    /// <summary>The order on this machine. What its platform cannot have is not in it, and so is never waited for.</summary>
    /// <param name="facts">The machine.</param>
    /// <param name="settings">What the operator says.</param>
    public static SourceOrder Of(Facts facts, Settings settings) =>
        settings.Sources is { } named ? new SourceOrder(Settings.FilePath, named)
        // cloud-init may have redacted guestinfo after reading it: then its own copy is what remains.
        : facts.IsVmware || Processes.HasGuestInfoEnvironment ? Platformed("vmware", "guestinfo:", "cloud-init:", "ovf:", "nocloud:", "configdrive:")
        // What cloud-init has fetched needs no network.
        : facts.IsEc2 ? Platformed("ec2", "cloud-init:", "imds:")
        : facts.IsQemu ? Platformed("qemu", "fwcfg:", "cloud-init:", "nocloud:", "configdrive:")
        : Platformed("unknown", "cloud-init:", "nocloud:", "configdrive:");

    private static SourceOrder Platformed(string platform, params string[] own) => new(platform, [$"credential:{CredentialSource.Default}", "cmdline:", .. own]);
}
