using System.Text.Json.Nodes;

namespace Slipway.Lab;

/// <summary>The two ConfigMaps that <c>kubeadm init</c> leaves for the nodes that join later.</summary>
internal static class ClusterDocuments
{
    /// <summary>kubeadm-config or kubelet-config.</summary>
    public static JsonObject ConfigMap(string name, ControlPlaneOptions options) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "kube-system" },
        ["data"] = name == "kubeadm-config"
            ? new JsonObject { ["ClusterConfiguration"] = Cluster(options) }
            : new JsonObject { ["kubelet"] = Kubelet },
    };

    private static string Cluster(ControlPlaneOptions options) => $"""
        apiServer: {"{}"}
        apiVersion: kubeadm.k8s.io/v1beta4
        caCertificateValidityPeriod: 87600h0m0s
        certificateValidityPeriod: 8760h0m0s
        certificatesDir: /etc/kubernetes/pki
        clusterName: kubernetes
        controllerManager: {"{}"}
        dns: {"{}"}
        encryptionAlgorithm: RSA-2048
        etcd:
          local:
            dataDir: /var/lib/etcd
        imageRepository: registry.k8s.io
        kind: ClusterConfiguration
        kubernetesVersion: v{options.KubernetesVersion}
        networking:
          dnsDomain: cluster.local
          serviceSubnet: 10.96.0.0/12
        proxy: {"{}"}
        scheduler: {"{}"}

        """;

    /// <summary>kubeadm's defaults.</summary>
    private const string Kubelet = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        authentication:
          anonymous:
            enabled: false
          webhook:
            cacheTTL: 0s
            enabled: true
          x509:
            clientCAFile: /etc/kubernetes/pki/ca.crt
        authorization:
          mode: Webhook
          webhook:
            cacheAuthorizedTTL: 0s
            cacheUnauthorizedTTL: 0s
        cgroupDriver: systemd
        clusterDNS:
        - 10.96.0.10
        clusterDomain: cluster.local
        healthzBindAddress: 127.0.0.1
        healthzPort: 10248
        kind: KubeletConfiguration
        rotateCertificates: true
        staticPodPath: /etc/kubernetes/manifests

        """;
}
