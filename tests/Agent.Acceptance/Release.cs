using System.Text.Json;

namespace Slipway.Acceptance;

/// <summary>A small release under upstream's paths, with the lock file that vouches for it.</summary>
internal sealed class Release
{
    public const string Kubernetes = "1.36.2";

    private static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly Dictionary<string, byte[]> files = [];
    private readonly List<object> locked = [];

    /// <param name="size">Bytes of each program.</param>
    /// <param name="kubernetes">Its version of Kubernetes.</param>
    /// <param name="containerd">Its version of containerd.</param>
    /// <param name="seed">Other bytes in every program but crictl, runc and the CNI plugins, whose versions stay.</param>
    /// <param name="like">A release whose crictl and CNI plugins it has too, byte for byte.</param>
    public Release(int size = 20_000, string kubernetes = Kubernetes, string containerd = "2.3.4", int seed = 0, Release? like = null)
    {
        Version = kubernetes;
        Add("containerd", containerd, $"https://github.com/containerd/containerd/releases/download/v{containerd}/containerd-{containerd}-linux-amd64.tar.gz",
            Archives.TarGzip(("bin/containerd", Noise(size, 1 + seed)), ("bin/containerd-shim-runc-v2", Noise(size, 2 + seed)), ("bin/ctr", Noise(size, 3 + seed))));
        Add("runc", "1.4.3", "https://github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64", Noise(size, 4));
        Add("cni-plugins", "1.9.1", "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
            Archives.TarGzip(Archives.File("./LICENSE", Noise(10, 5), (UnixFileMode)0b110_100_100),
                Archives.File("./loopback", Noise(size, 6)), Archives.File("./bridge", Noise(size, 7))), like);
        Add("crictl", "1.36.0", "https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz",
            Archives.TarGzip(("crictl", Noise(size, 8))), like);
        foreach (var (name, program) in (IEnumerable<(string, int)>)[("kubelet", 9), ("kubeadm", 10), ("kubectl", 11)])
        {
            Add(name, kubernetes, $"https://dl.k8s.io/release/v{kubernetes}/bin/linux/amd64/{name}", Noise(size, program + seed));
        }
    }

    /// <summary>Its version of Kubernetes.</summary>
    public string Version { get; }

    /// <summary>The lock file.</summary>
    public string Lock => JsonSerializer.Serialize(new { SchemaVersion = 1, Artifacts = locked }, CamelCase);

    /// <summary>The reply to a mirror's GET.</summary>
    public Reply Get(string path) => files.TryGetValue(path, out var bytes) ? new Reply(bytes) : Reply.NotFound;

    /// <summary>The path whose end this is.</summary>
    public string PathOf(string end) => files.Keys.Single(path => path.EndsWith(end, StringComparison.Ordinal));

    /// <summary>Serves other bytes, for which the lock file vouches from then on.</summary>
    public void Replace(string end, byte[] bytes)
    {
        var path = PathOf(end);
        var at = files.Keys.ToList().IndexOf(path);
        var name = end.TrimStart('/');
        files[path] = bytes;
        locked[at] = new { Name = name, Version = Kubernetes, Arch = "amd64", Url = "https://dl.k8s.io" + path, Sha256 = Archives.Sha256(bytes) };
    }

    /// <summary>Serves other bytes than the lock file vouches for.</summary>
    public void Spoil(string end, byte[] bytes) => files[PathOf(end)] = bytes;

    private static byte[] Noise(int size, int seed) => Archives.Noise(size, seed);

    private void Add(string name, string version, string url, byte[] bytes, Release? like = null)
    {
        bytes = like?.files.GetValueOrDefault(new Uri(url).AbsolutePath) ?? bytes;
        files.Add(new Uri(url).AbsolutePath, bytes);
        locked.Add(new { Name = name, Version = version, Arch = "amd64", Url = url, Sha256 = Archives.Sha256(bytes) });
    }
}
