namespace Slipway.Artifacts;

/// <summary>What can be installed and where upstream publishes it.</summary>
internal static class Catalog
{
    /// <summary>containerd with its shim and ctr.</summary>
    public static Artifact Containerd(string version, string architecture) => new("containerd", version, architecture,
        new Uri($"https://github.com/containerd/containerd/releases/download/v{version}/containerd-{version}-linux-{architecture}.tar.gz"),
        Packing.TarGzip);

    /// <summary>The runc binary.</summary>
    public static Artifact Runc(string version, string architecture) => new("runc", version, architecture,
        new Uri($"https://github.com/opencontainers/runc/releases/download/v{version}/runc.{architecture}"), Packing.Binary);

    /// <summary>The reference CNI plugins.</summary>
    public static Artifact CniPlugins(string version, string architecture) => new("cni-plugins", version, architecture,
        new Uri($"https://github.com/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{architecture}-v{version}.tgz"),
        Packing.TarGzip);

    /// <summary>The CRI command line client.</summary>
    public static Artifact Crictl(string version, string architecture) => new("crictl", version, architecture,
        new Uri($"https://github.com/kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{architecture}.tar.gz"),
        Packing.TarGzip);

    /// <summary>One of Kubernetes' own binaries: <c>kubelet</c>, <c>kubeadm</c> or <c>kubectl</c>.</summary>
    public static Artifact Kubernetes(string name, string version, string architecture) => new(name, version, architecture,
        new Uri($"https://dl.k8s.io/release/v{version}/bin/linux/{architecture}/{name}"), Packing.Binary);

    /// <summary>All artifacts of a release.</summary>
    public static IReadOnlyList<Artifact> All(Release release, string architecture) =>
    [
        Containerd(release.Containerd, architecture),
        Runc(release.Runc, architecture),
        CniPlugins(release.CniPlugins, architecture),
        Crictl(release.Crictl, architecture),
        Kubernetes("kubelet", release.Kubernetes, architecture),
        Kubernetes("kubeadm", release.Kubernetes, architecture),
        Kubernetes("kubectl", release.Kubernetes, architecture),
    ];
}
