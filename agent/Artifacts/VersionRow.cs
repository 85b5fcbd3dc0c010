namespace Slipway.Artifacts;

/// <summary>What goes with one minor version of Kubernetes, and what it asks of the machine.</summary>
/// <param name="Minor">36 for 1.36.</param>
/// <param name="Containerd">The containerd that is installed unless another is asked for.</param>
/// <param name="Recommended">The first patches, oldest first, of the releases of containerd that its RELEASES.md names for this version.</param>
/// <param name="Runc">runc.</param>
/// <param name="CniPlugins">The reference CNI plugins.</param>
/// <param name="Crictl">crictl.</param>
/// <param name="Pause">Tag of the pause image.</param>
internal sealed record VersionRow(int Minor, string Containerd, string[] Recommended, string Runc, string CniPlugins, string Crictl, string Pause)
{
    /// <summary>Whether its kubelet refuses cgroup v1 (failCgroupV1), rather than warn of it.</summary>
    public bool RefusesCgroupV1 => Minor >= 35;

    /// <summary>The oldest kernel that its kubeadm's SystemVerification takes.</summary>
    public string LeastKernel => Minor switch
    {
        31 => "3.10",
        32 or 33 => "4.19",
        _ => "5.4",
    };

    /// <summary>Whether its kubeadm stops at an older kernel; from 1.34 on it only warns (system-validators 1.10).</summary>
    public bool RefusesOlderKernels => Minor < 34;

    /// <summary>Whether containerd's own list has this version of it for this Kubernetes.</summary>
    public bool Recommends(Version containerd)
    {
        var newest = VersionNumber.Of(Recommended[^1])!;
        foreach (var text in Recommended)
        {
            var first = VersionNumber.Of(text)!;
            if (first.Major == containerd.Major && first.Minor == containerd.Minor)
            {
                return containerd >= first;
            }
        }
        return containerd > newest;
    }
}
