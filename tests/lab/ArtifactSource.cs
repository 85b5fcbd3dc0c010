namespace Slipway.Lab;

/// <summary>How one artifact is made and described.</summary>
/// <param name="Name">Its name in lock files.</param>
/// <param name="Version">Its version, without v.</param>
/// <param name="Url">Where upstream has it.</param>
/// <param name="MakeAsync">Makes the file from unpacked packages, the stand-in program and the path to write.</param>
/// <param name="SidecarOf">Path of its checksum file.</param>
/// <param name="Sidecar">That file's content, from digest and file name: upstream has a different grammar for nearly each.</param>
internal sealed record ArtifactSource(string Name, string Version, string Url, Func<string, string, string, Task> MakeAsync, Func<string, string> SidecarOf, Func<string, string, string> Sidecar)
{
    private static readonly string[] ContainerdPrograms = ["containerd", "containerd-shim-runc-v2", "containerd-stress", "ctr"], StandIns = ["kubelet", "kubeadm"];

    /// <summary>All artifacts of a set.</summary>
    public static IEnumerable<ArtifactSource> All(Versions v)
    {
        string kubernetes = $"https://dl.k8s.io/release/v{v.Kubernetes}/bin/linux/amd64/";
        foreach (string name in StandIns)
        {
            yield return new(name, v.Kubernetes, kubernetes + name, (_, program, path) => StandInProgram.StampAsync(program, name, v.Kubernetes, path), p => p + ".sha256", (digest, _) => digest);
        }
        yield return new("kubectl", v.Kubernetes, kubernetes + "kubectl", (packages, _, path) => CopyAsync(packages + "/usr/bin/kubectl", path), p => p + ".sha256", (digest, _) => digest);
        yield return new("containerd", v.Containerd, $"https://github.com/containerd/containerd/releases/download/v{v.Containerd}/containerd-{v.Containerd}-linux-amd64.tar.gz",
            (packages, _, path) => PackAsync(path, packages + "/usr", [.. ContainerdPrograms.Where(n => File.Exists($"{packages}/usr/bin/{n}")).Select(n => "bin/" + n)]),
            p => p + ".sha256sum", (digest, file) => $"{digest}  {file}\n");
        yield return new("runc", v.Runc, $"https://github.com/opencontainers/runc/releases/download/v{v.Runc}/runc.amd64", (packages, _, path) => CopyAsync(packages + "/usr/sbin/runc", path),
            p => Path.Combine(Path.GetDirectoryName(p)!, "runc.sha256sum"),
            // Upstream's list is clear-signed; this one has the frame, and no signature that anybody could take for one.
            (digest, file) => $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{digest}  {file}\n-----BEGIN PGP SIGNATURE-----\n\n(repacked: not signed)\n-----END PGP SIGNATURE-----\n");
        yield return new("cni-plugins", v.CniPlugins, $"https://github.com/containernetworking/plugins/releases/download/v{v.CniPlugins}/cni-plugins-linux-amd64-v{v.CniPlugins}.tgz",
            (packages, _, path) => PackAsync(path, packages + "/usr/lib/cni", ["."]), p => p + ".sha256", (digest, file) => $"{digest}  {file}\n");
        yield return new("crictl", v.Crictl, $"https://github.com/kubernetes-sigs/cri-tools/releases/download/v{v.Crictl}/crictl-v{v.Crictl}-linux-amd64.tar.gz", async (packages, program, path) =>
        {
            await StandInProgram.StampAsync(program, "crictl", v.Crictl, packages + "/standin/crictl").ConfigureAwait(false);
            await PackAsync(path, packages + "/standin", ["crictl"]).ConfigureAwait(false);
        }, p => p + ".sha256", (digest, _) => digest + "\n");
    }

    private static Task CopyAsync(string from, string to)
    {
        File.Copy(from, to, overwrite: true);
        return Task.CompletedTask;
    }

    /// <summary>Packs quickly and the same way each time: sorted, owned by root, with one date.</summary>
    private static Task<string> PackAsync(string path, string folder, IEnumerable<string> members) => Tool.RunAsync("tar",
        ["-C", folder, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=0755", "--use-compress-program=gzip -1n", "-cf", path, .. members]);
}
