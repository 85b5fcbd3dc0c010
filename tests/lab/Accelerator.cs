using System.Diagnostics;

namespace Slipway.Lab;

/// <summary>How QEMU runs the guest's instructions: KVM only where a real boot shows that it works, since the device can exist and hang.</summary>
internal static class Accelerator
{
    /// <summary><c>kvm</c> or <c>tcg</c>; <c>$SLIPWAY_LAB_ACCEL</c> decides, else one test boot per boot of this machine.</summary>
    public static async Task<string> ChooseAsync(Tree tree)
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_LAB_ACCEL") is { Length: > 0 } chosen)
        {
            return chosen;
        }
        if (!File.Exists("/dev/kvm"))
        {
            return "tcg";
        }
        string boot = (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id").ConfigureAwait(false)).Trim();
        string entry = await LabCache.GetAsync("accelerator", boot, async target =>
            await File.WriteAllTextAsync(Path.Combine(target, "name"), await BootsAsync(tree, target).ConfigureAwait(false) ? "kvm" : "tcg").ConfigureAwait(false)).ConfigureAwait(false);
        return await File.ReadAllTextAsync(Path.Combine(entry, "name")).ConfigureAwait(false);
    }

    /// <summary>Boots the kernel with no root: it must get as far as panicking about that, and reset, within seconds.</summary>
    private static async Task<bool> BootsAsync(Tree tree, string folder)
    {
        string console = Path.Combine(folder, "console.log");
        using Process qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64",
        [
            "-accel", "kvm", "-cpu", "host", "-machine", "q35", "-m", "256", "-smp", "2", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", tree.Kernel, "-append", "console=ttyS0 panic=-1", "-serial", "file:" + console,
        ])
        { RedirectStandardError = true })!;
        try
        {
            using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(12));
            await qemu.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            qemu.Kill();
            await qemu.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }
        return File.Exists(console) && (await File.ReadAllTextAsync(console).ConfigureAwait(false)).Contains("Kernel panic", StringComparison.Ordinal);
    }
}
