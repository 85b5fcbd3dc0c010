namespace Slipway.Artifacts;

/// <summary>What can be installed, where upstream publishes it, and what it publishes beside it to check it by.</summary>
/// <remarks>
/// A vendor's suffix (<c>1.31.4+vmware.1</c>) stays in the URL: upstream has no such file, but the vendor's mirror may, under this very path;
/// a lock file vouches for it.
/// </remarks>
internal static class Catalog
{
    /// <summary>The name of containerd's build that needs no C library of the node's.</summary>
    public const string StaticContainerd = "containerd-static";

    private const string GitHub = "https://github.com/";

    /// <summary>The containerd of a release, dynamic or static.</summary>
    public static Artifact Containerd(Release release, string architecture) => Containerd(release.Containerd, architecture, release.ContainerdStatic);

    /// <summary>containerd with its shim and ctr.</summary>
    public static Artifact Containerd(string version, string architecture, bool isStatic = false)
    {
        var name = isStatic ? StaticContainerd : "containerd";
        return Archive(name, version, architecture, $"{GitHub}containerd/containerd/releases/download/v{version}/{name}-{version}-linux-{architecture}.tar.gz", ".sha256sum");
    }

    /// <summary>The runc binary. Its checksums are a list of all files of the release, signed in clear text.</summary>
    public static Artifact Runc(string version, string architecture)
    {
        var folder = $"{GitHub}opencontainers/runc/releases/download/v{version}/";
        return new("runc", version, architecture, new Uri($"{folder}runc.{architecture}"), Packing.Binary) { Checksums = new Uri($"{folder}runc.sha256sum") };
    }

    /// <summary>The reference CNI plugins.</summary>
    public static Artifact CniPlugins(string version, string architecture) => Archive("cni-plugins", version, architecture,
        $"{GitHub}containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{architecture}-v{version}.tgz", ".sha256");

    /// <summary>The CRI command line client.</summary>
    public static Artifact Crictl(string version, string architecture) => Archive("crictl", version, architecture,
        $"{GitHub}kubernetes-sigs/cri-tools/releases/download/v{version}/crictl-v{version}-linux-{architecture}.tar.gz", ".sha256");

    /// <summary>One of Kubernetes' own binaries: <c>kubelet</c>, <c>kubeadm</c> or <c>kubectl</c>.</summary>
    public static Artifact Kubernetes(string name, string version, string architecture)
    {
        var url = $"https://dl.k8s.io/release/v{version}/bin/linux/{architecture}/{name}";
        return new(name, version, architecture, new Uri(url), Packing.Binary) { Checksums = new Uri(url + ".sha256"), IsSigned = true };
    }

    /// <summary>
    /// What installs and registers the SSM agent, for EKS hybrid nodes that join by an activation. It is published by region, without a
    /// version, and its signature is OpenPGP: only a lock file vouches for it.
    /// </summary>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    /// <param name="isDebian">Whether the node has dpkg; otherwise rpm.</param>
    /// <param name="architecture">Go's name of the architecture.</param>
    public static Artifact SsmSetupCli(string region, bool isDebian, string architecture) => new("ssm-setup-cli", "latest", architecture,
        new Uri($"https://amazon-ssm-{region}.s3.{region}.{AwsSuffix(region)}/latest/{(isDebian ? "debian" : "linux")}_{architecture}/ssm-setup-cli"), Packing.Binary);

    /// <summary>All artifacts of a release.</summary>
    public static IReadOnlyList<Artifact> All(Release release, string architecture) =>
    [
        Containerd(release, architecture),
        Runc(release.Runc, architecture),
        CniPlugins(release.CniPlugins, architecture),
        Crictl(release.Crictl, architecture),
        Kubernetes("kubelet", release.Kubernetes, architecture),
        Kubernetes("kubeadm", release.Kubernetes, architecture),
        Kubernetes("kubectl", release.Kubernetes, architecture),
    ];

    private static Artifact Archive(string name, string version, string architecture, string url, string checksums) =>
        new(name, version, architecture, new Uri(url), Packing.TarGzip) { Checksums = new Uri(url + checksums) };

    // The partition's domain, by the region's name (botocore's partitions.json).
    private static string AwsSuffix(string region) => region.Split('-') switch
    {
        ["cn", ..] => "amazonaws.com.cn",
        ["eusc", ..] => "amazonaws.eu",
        ["us", "iso", ..] => "c2s.ic.gov",
        ["us", "isob", ..] => "sc2s.sgov.gov",
        ["us", "isof", ..] => "csp.hci.ic.gov",
        ["eu", "isoe", ..] => "cloud.adc-e.uk",
        _ => "amazonaws.com",
    };
}
