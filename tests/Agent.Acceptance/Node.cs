namespace Slipway.Acceptance;

/// <summary>A directory that is a node's <c>/</c>, and the binary at work on it.</summary>
internal sealed class Node : IDisposable
{
    public const string Token = "canary.0123456789abcdef";

    public Node() => Root = Directory.CreateTempSubdirectory("slipway-node-").FullName;

    public string Root { get; }

    public string this[string path] => Path.Join(Root, path);

    /// <summary>The tree without what is gone after a boot, and without the record of times.</summary>
    public IReadOnlyList<string> Tree() =>
    [
        // The records of what was installed hold times of change too.
        .. TreeListing.Of(Root, times: false, "run", "var/lib/slipway/ledger.jsonl")
            .Select(line => line.StartsWith("opt/slipway/installed/", StringComparison.Ordinal) && !line.EndsWith("0755", StringComparison.Ordinal) ? line[..^64] : line),
    ];

    /// <summary>A NodeConfig that prepares a node from a mirror.</summary>
    public static string Config(Uri mirror, string more = "") => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {version: {{Release.Kubernetes}}}
          node: {name: worker-7}
          artifacts: {mirrors: ["{{mirror}}"], lock: /etc/slipway/artifacts.lock}
          join:
            mode: prepare
            kubeadm:
              join: {apiServerEndpoint: "10.0.0.10:6443", token: {{Token}}, caCertHashes: ["sha256:{{new string('a', 64)}}"]}
        {{more}}
        """;

    public void Put(string path, string content, UnixFileMode mode = (UnixFileMode)0b110_100_100)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], content);
        File.SetUnixFileMode(this[path], mode);
    }

    /// <summary>Gives it its configuration, as an operator's drop-in, and the lock file.</summary>
    public void Configure(Release release, Uri mirror, string more = "")
    {
        Put("/etc/slipway/artifacts.lock", release.Lock);
        Put("/etc/slipway/node.d/10-node.yaml", Config(mirror, more));
    }

    public Call Call(params string[] arguments) => new([.. arguments, "--root", Root]);

    public Task<Outcome> RunAsync(params string[] arguments) => Agent.RunAsync(Call(arguments));

    /// <summary>Files that a cut-off write or download left beside final paths.</summary>
    public IReadOnlyList<string> Leftovers() =>
    [
        .. Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.StartsWith("run/", StringComparison.Ordinal) && path.Split('/').Any(part => part.Contains(".slipway-", StringComparison.Ordinal))),
    ];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
