namespace Slipway.Lab;

/// <summary>Configuration documents for a node of a <see cref="World"/>.</summary>
public static class UserData
{
    /// <summary>Where <see cref="CloudConfig"/> puts the lock file.</summary>
    public const string LockPath = "/etc/slipway/artifacts.lock";

    /// <summary>A worker's NodeConfig.</summary>
    /// <param name="world">Mirror and cluster.</param>
    /// <param name="name">Name of the node.</param>
    /// <param name="caHash">Another pin than the right one.</param>
    /// <param name="more">Further lines of <c>spec</c>, indented by two.</param>
    public static string NodeConfig(World world, string name = "worker-1", string? caHash = null, string more = "") => $"""
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {"{"}version: {world.KubernetesVersion}{"}"}
          node:
            name: {name}
            labels: {"{"}rack: b2{"}"}
          artifacts:
            mirrors: ["{world.MirrorUrl}"]
            lock: {LockPath}
          join:
            kubeadm:
              join:
                apiServerEndpoint: {world.Endpoint}
                token: {world.Token}
                caCertHashes: ["{caHash ?? world.CaHash}"]
        {more}
        """;

    /// <summary>A #cloud-config that writes the lock file, and holds the NodeConfig as a further entry of write_files.</summary>
    /// <param name="nodeConfig">The document.</param>
    /// <param name="lockFile">Content of the lock file.</param>
    public static string CloudConfig(string nodeConfig, string lockFile) => $"""
        #cloud-config
        write_files:
        - path: {LockPath}
          permissions: "0644"
          content: |
        {Indented(lockFile)}
        - path: /etc/slipway/user-data.yaml
          permissions: "0600"
          content: |
        {Indented(nodeConfig)}

        """;

    private static string Indented(string text) => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(l => "    " + l));
}
