namespace Slipway.Artifacts;

/// <summary>The exact versions that go together on one node, decided once when its configuration is accepted.</summary>
/// <param name="Kubernetes">kubelet, kubeadm and kubectl.</param>
/// <param name="Containerd">containerd.</param>
/// <param name="Runc">runc.</param>
/// <param name="CniPlugins">The reference CNI plugins.</param>
/// <param name="Crictl">crictl.</param>
/// <param name="SandboxImage">Full reference of the pause image.</param>
internal sealed record Release(string Kubernetes, string Containerd, string Runc, string CniPlugins, string Crictl, string SandboxImage)
{
    /// <summary>Whether containerd is the build that needs no C library of the node's.</summary>
    public bool ContainerdStatic { get; init; }

    /// <summary>containerd's name in the catalog: <c>containerd</c> or <c>containerd-static</c>.</summary>
    public string ContainerdArtifact => ContainerdStatic ? Catalog.StaticContainerd : "containerd";

    /// <summary>Kubernetes' minor version: 36 for 1.36.2.</summary>
    public int Minor => MinorOf(Kubernetes);

    /// <summary>The version of an artifact by its name in the catalog.</summary>
    public string VersionOf(string artifact) => artifact switch
    {
        "containerd" or Catalog.StaticContainerd => Containerd,
        "runc" => Runc,
        "cni-plugins" => CniPlugins,
        "crictl" => Crictl,
        _ => Kubernetes,
    };

    /// <summary>Whether containerd's configuration is of the layout of 2.x (version 3) rather than 1.7's (version 2).</summary>
    public bool ContainerdTwo => !Containerd.StartsWith("1.", StringComparison.Ordinal);

    /// <summary>The minor version of a Kubernetes version such as <c>1.36.2+vmware.1</c> or <c>1.36</c>; 0 for what is none.</summary>
    public static int MinorOf(string version) =>
        version.Split('.') is ["1", var minor, ..] && int.TryParse(minor, out var number) ? number : 0;
}
