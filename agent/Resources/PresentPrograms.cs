using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>Kubernetes' own programs that others installed: they are used as they are, and refused where they cannot be.</summary>
/// <param name="Version">The version they must have; null where whatever is there will do.</param>
internal sealed record PresentPrograms(string? Version) : Resource("present:kubernetes")
{
    private static readonly string[] Places = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        foreach (var name in (string[])["kubelet", "kubeadm"])
        {
            if (Find(host.Files, name) is not { } path)
            {
                return Refuse("kubernetes.missing", $"there is no {name} that can be executed in {string.Join(", ", Places)}");
            }
            if (Version is { } wanted && await VersionAsync(host, name, path, ct) is { } seen && seen != wanted)
            {
                return Refuse("kubernetes.version-differs", $"{path} is {seen}, and {wanted} is asked for");
            }
        }
        return new Finding.AsWanted();
    }

    /// <inheritdoc/>
    public override Task ApplyAsync(Host host, CancellationToken ct) => throw new System.Diagnostics.UnreachableException();

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => Task.FromResult("");

    /// <summary>The version of the kubelet that is there, without a leading v; null where there is none, or it cannot run here.</summary>
    public static async Task<string?> VersionAsync(Host host, CancellationToken ct) =>
        Find(host.Files, "kubelet") is { } path ? await VersionAsync(host, "kubelet", path, ct) : null;

    private static Finding.Refused Refuse(string code, string what) => new(new Failure(code, $"spec.kubernetes.source is none, but {what}"));

    private static string? Find(FileTree files, string name) => Array.Find(Places, folder => IsExecutable(files, $"{folder}/{name}")) is { } folder ? $"{folder}/{name}" : null;

    private static bool IsExecutable(FileTree files, string path)
    {
        for (var links = 0; links < 8; links++)
        {
            if (files.Status(path) is not { Kind: FileKind.Link, LinkTarget: { } target })
            {
                return files.Status(path) is { Kind: FileKind.File } file && (file.Mode & UnixFileMode.UserExecute) != 0;
            }
            path = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        }
        return false;
    }

    private static async Task<string?> VersionAsync(Host host, string name, string path, CancellationToken ct)
    {
        // Such as "Kubernetes v1.36.2", and of kubeadm "v1.36.2". Of another architecture it does not run, nor below another root for anybody but root.
        string[] arguments = name == "kubeadm" ? ["version", "--output", "short"] : ["--version"];
        var command = host.Files.IsRunningSystem ? new Command(path, arguments) : new Command("chroot", [host.Files.Root, path, .. arguments]);
        return await host.Processes.RunAsync(command with { Deadline = TimeSpan.FromSeconds(20) }, ct) is CommandResult.Ended { ExitCode: 0 } ended
            ? ended.Output.Split((char[])[' ', '\n']).FirstOrDefault(word => word.Length > 1 && word[0] == 'v' && char.IsAsciiDigit(word[1]))?[1..]
            : null;
    }
}
