using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>Swap as the configuration wants it: off by default, because the kubelet refuses to start beside it.</summary>
internal sealed class SwapStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "swap";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) =>
        (intent.Config.System?.Swap ?? SwapPolicy.Disable) == SwapPolicy.Disable
            // Masking the target keeps fstab as its owner wrote it, and covers swap files, partitions and zram alike.
            ? [new LinkResource("/etc/systemd/system/swap.target", "/dev/null"), new SwapResource()]
            : [];
}
