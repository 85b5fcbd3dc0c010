using System.Text.Json;

namespace Slipway.Lab;

/// <summary>A set of artifacts that belong together, ready for a <see cref="Mirror"/>.</summary>
/// <param name="Folder">Files under upstream's URL paths.</param>
/// <param name="LockPath">Lock file with the digests of exactly these files and upstream's URLs.</param>
/// <param name="Versions">What is in it.</param>
public sealed record Release(string Folder, string LockPath, Versions Versions)
{
    /// <summary>The lock file's content.</summary>
    public string Lock => File.ReadAllText(LockPath);

    /// <summary>The same lock file with the digest of one artifact made wrong, for tests of refusal.</summary>
    /// <param name="name">Such as <c>runc</c>.</param>
    public string LockWithWrongDigest(string name)
    {
        Artifact artifact = Artifacts.Single(a => a.Name == name);
        return Lock.Replace(artifact.Sha256, new string('0', 64), StringComparison.Ordinal);
    }

    /// <summary>What the lock file lists.</summary>
    public IReadOnlyList<Artifact> Artifacts =>
        [.. JsonDocument.Parse(Lock).RootElement.GetProperty("artifacts").EnumerateArray().Select(a => new Artifact(
        a.GetProperty("name").GetString()!, a.GetProperty("version").GetString()!, a.GetProperty("arch").GetString()!, a.GetProperty("url").GetString()!, a.GetProperty("sha256").GetString()!))];
}

/// <summary>Versions of a <see cref="Release"/>, without v.</summary>
/// <param name="Kubernetes">kubelet, kubeadm, kubectl.</param>
/// <param name="Containerd">containerd.</param>
/// <param name="Runc">runc.</param>
/// <param name="CniPlugins">CNI plugins.</param>
/// <param name="Crictl">crictl.</param>
public sealed record Versions(string Kubernetes, string Containerd, string Runc, string CniPlugins, string Crictl);

/// <summary>One line of a lock file.</summary>
/// <param name="Name">kubelet, kubeadm, kubectl, containerd, runc, cni-plugins or crictl.</param>
/// <param name="Version">Its version, without v.</param>
/// <param name="Arch">Go's name of the architecture.</param>
/// <param name="Url">Where upstream has it.</param>
/// <param name="Sha256">Digest of the file that the mirror has, lower-case hex.</param>
public sealed record Artifact(string Name, string Version, string Arch, string Url, string Sha256);
