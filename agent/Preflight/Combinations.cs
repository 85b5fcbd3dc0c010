using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Steps;

namespace Slipway.Preflight;

/// <summary>Which Kubernetes, containerd, kernel and C library work together: the rules of <see cref="VersionTable"/>, put to one node.</summary>
internal static class Combinations
{
    /// <summary>kubeadm's SystemVerification knows kernels by their version; a kernel that is not known, as in an image, is not judged.</summary>
    public static CheckResult Kernel(Intent intent, Facts facts)
    {
        var row = VersionTable.Row(intent.Release.Minor);
        if (row is null || VersionNumber.Of(facts.Kernel) is not { } kernel || kernel >= VersionNumber.Of(row.LeastKernel))
        {
            return new CheckResult.Pass();
        }
        var seen = $"this machine runs the kernel {facts.Kernel}; kubeadm of 1.{intent.Release.Minor} knows those from {row.LeastKernel} on";
        // Who tells kubeadm to go on has decided it for us too.
        var ignored = intent.Config.Join?.Kubeadm?.IgnorePreflightErrors?.Any(name => name.ToLowerInvariant() is "systemverification" or "all") == true;
        return row.RefusesOlderKernels && !ignored
            ? new CheckResult.Fail($"{seen}, and stops at others", "Use a newer kernel, or Kubernetes 1.34 or newer, whose kubeadm only warns.")
            : new CheckResult.Warn($"{seen}, and warns of others");
    }

    /// <summary>Whether the containerd that would be installed works with the Kubernetes.</summary>
    public static CheckResult Containerd(Intent intent, Facts facts)
    {
        var (containerd, kubernetes) = (intent.Release.Containerd, intent.Release.Kubernetes);
        return !intent.InstallsRuntime ? new CheckResult.Pass()
            : VersionTable.WhyNot(containerd, kubernetes) is { } why ? new CheckResult.Fail(why,
                $"Leave spec.runtime.version out: {VersionTable.Row(intent.Release.Minor)?.Containerd} goes with Kubernetes {kubernetes}.")
            : VersionTable.Doubt(containerd, kubernetes) is { } doubt ? new CheckResult.Warn(doubt)
            : new CheckResult.Pass();
    }

    /// <summary>Whether the build of containerd that was chosen runs on the node's C library.</summary>
    public static CheckResult Glibc(Intent intent, Facts facts)
    {
        var release = intent.Release;
        if (!intent.InstallsRuntime || release.ContainerdStatic || !VersionTable.NeedsNewGlibc(release.Containerd) || facts.Glibc >= VersionTable.LeastGlibc)
        {
            return new CheckResult.Pass();
        }
        return facts.Glibc is { } glibc
            ? new CheckResult.Fail($"the C library here is glibc {glibc}; containerd {release.Containerd} needs {VersionTable.LeastGlibc}, but for its static build",
                "Choose the static build by a lock file (slipway lock --static-containerd) in spec.artifacts.lock.")
            : new CheckResult.Warn($"the version of the C library could not be told; containerd {release.Containerd} needs glibc {VersionTable.LeastGlibc}. "
                + "Where it is older, a lock file made with slipway lock --static-containerd chooses the build that does without");
    }

    /// <summary>Whether the containerd that would be installed reads what the operator wrote for it; a reference is not followed here.</summary>
    public static CheckResult ContainerdConfig(Intent intent, Facts facts)
    {
        if (!intent.InstallsRuntime || intent.Config.Runtime?.Config is not SecretRef.Literal { Value: var toml })
        {
            return new CheckResult.Pass();
        }
        var newest = VersionTable.NewestConfig(intent.Release.Containerd);
        return ConfigVersion(toml.Reveal()) is { } version && version > newest
            ? new CheckResult.Fail($"spec.runtime.config has version = {version}; containerd {intent.Release.Containerd} reads {newest} and older",
                $"Set spec.runtime.version to {(version == 3 ? "2.0" : "2.3")} or newer, or write the TOML as version {newest}.")
            : new CheckResult.Pass();
    }

    // A key of the document itself stands before its first table.
    private static int? ConfigVersion(string toml)
    {
        foreach (var line in toml.Split('\n'))
        {
            var text = line.Split('#')[0].Trim();
            if (text.StartsWith('['))
            {
                return null;
            }
            if (text.Split('=') is [var key, var value] && key.Trim() == "version" && int.TryParse(value.Trim(), out var version))
            {
                return version;
            }
        }
        return null;
    }
}
