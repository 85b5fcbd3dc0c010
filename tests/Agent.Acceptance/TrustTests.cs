using System.Text;

namespace Slipway.Acceptance;

/// <summary>What vouches for a node's files, and which build its C library takes.</summary>
public sealed class TrustTests : IDisposable
{
    private readonly Node node = new();
    private readonly Release release = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_checksum_file_vouches_where_the_configuration_says_so_and_a_second_run_asks_nothing()
    {
        await using var mirror = new LoopbackServer((path, _) => Get(path.Replace("1.36.99", Release.Kubernetes, StringComparison.Ordinal)));
        node.Configure(release, mirror.Url);
        var config = Node.Config(mirror.Url).Replace(Release.Kubernetes, "1.36.99", StringComparison.Ordinal);
        node.Put("/etc/slipway/node.d/10-node.yaml", config);
        (await node.RunAsync("run")).Exits(78).Says("artifact.digest-unknown").Says("kubelet 1.36.99");
        Assert.Empty(mirror.Hits);
        node.Put("/etc/slipway/node.d/10-node.yaml", config.Replace("artifacts: {", "artifacts: {unknownDigest: sidecar, ", StringComparison.Ordinal));
        (await node.RunAsync("run")).Exits(0).Says($"only {mirror.Url}release/v1.36.99/bin/linux/amd64/kubelet.sha256, which comes from the same server, vouches for kubelet 1.36.99");
        Assert.Equal(3, mirror.Hits.Count(path => path.EndsWith(".sha256", StringComparison.Ordinal)));
        var hits = mirror.Hits.Count;
        (await node.RunAsync("run")).Exits(0);
        Assert.Equal(hits, mirror.Hits.Count);
    }

    [Fact]
    public async Task An_old_C_library_gets_the_static_containerd_and_a_new_one_the_usual()
    {
        node.Configure(release, new Uri("http://127.0.0.1:1/"));
        Directory.CreateDirectory(node["/lib64"]);
        File.CreateSymbolicLink(node["/lib64/libc.so.6"], "libc-2.28.so");
        (await node.RunAsync("plan")).Says("install containerd-static 2.3.4").DoesNotSay("runtime.glibc");
        File.Delete(node["/lib64/libc.so.6"]);
        node.Put("/lib64/libc.so.6", "GNU C Library (GNU libc) stable release version 2.34.\n");
        (await node.RunAsync("plan")).Says("install containerd 2.3.4").DoesNotSay("runtime.glibc");
        File.Delete(node["/lib64/libc.so.6"]);
        (await node.RunAsync("plan")).Says("install containerd 2.3.4").Says("runtime.glibc: the version of the C library could not be told");
    }

    private Reply Get(string path)
    {
        if (!path.EndsWith(".sha256", StringComparison.Ordinal))
        {
            return release.Get(path);
        }
        using var body = release.Get(path[..^".sha256".Length]).Body();
        using var bytes = new MemoryStream();
        body.CopyTo(bytes);
        return new Reply(Encoding.ASCII.GetBytes(Archives.Sha256(bytes.ToArray())));
    }
}
