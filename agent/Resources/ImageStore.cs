using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>The images that the kubelet sees: containerd's namespace <c>k8s.io</c>, through containerd's own <c>ctr</c>.</summary>
/// <param name="host">The outside world.</param>
internal sealed class ImageStore(Host host)
{
    private const string Socket = "/run/containerd/containerd.sock";

    // What containerd and Go's libraries say, in lower case. The first that is found decides: a name that nobody knows is also "failed to resolve".
    private static readonly (string Said, string Code)[] Causes =
    [
        ("no space left", "host.disk-full"),
        ("x509:", "image.untrusted"),
        ("certificate", "image.untrusted"),
        ("401 unauthorized", "image.unauthorized"),
        ("403 forbidden", "image.unauthorized"),
        ("authorization failed", "image.unauthorized"),
        ("failed to authorize", "image.unauthorized"),
        ("no basic auth credentials", "image.unauthorized"),
        ("insufficient_scope", "image.unauthorized"),
        ("authentication required", "image.unauthorized"),
        ("connection refused", "image.unreachable"),
        ("connection reset", "image.unreachable"),
        ("no such host", "image.unreachable"),
        ("no route to host", "image.unreachable"),
        ("network is unreachable", "image.unreachable"),
        ("temporary failure", "image.unreachable"),
        ("server misbehaving", "image.unreachable"),
        ("timeout", "image.unreachable"),
        ("deadline exceeded", "image.unreachable"),
        ("toomanyrequests", "image.unreachable"),
        ("too many requests", "image.unreachable"),
        ("500 internal", "image.unreachable"),
        ("502 bad gateway", "image.unreachable"),
        ("503 service", "image.unreachable"),
        ("504 gateway", "image.unreachable"),
        ("unexpected eof", "image.unreachable"),
        ("not found", "image.not-found"),
        ("manifest unknown", "image.not-found"),
        ("does not exist", "image.not-found"),
        ("no match for platform", "image.not-found"),
    ];

    /// <summary>Whether the node has joined: then the kubelet looks after images. It pulls them, and collects them.</summary>
    public bool IsTheKubelets => host.Files.Exists("/etc/kubernetes/kubelet.conf");

    /// <summary>Whether there is no containerd to ask, and never will be: below a root that does not run.</summary>
    public bool IsNowhere => !host.Files.IsRunningSystem && !host.Files.Exists(Socket);

    /// <summary>The names of all images; null while containerd does not answer.</summary>
    public async Task<IReadOnlyList<string>?> NamesAsync(CancellationToken ct) =>
        host.Files.Exists(Socket) && await host.Processes.RunAsync(Ctr(TimeSpan.FromSeconds(30), "list", "--quiet"), ct) is CommandResult.Ended { ExitCode: 0 } ended
            ? ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : null;

    /// <summary>Pulls an image, once. Mirrors, CAs and credentials are those of <c>certs.d</c>.</summary>
    /// <exception cref="FailureException"><c>image.*</c>.</exception>
    public Task PullAsync(string reference, TimeSpan deadline, CancellationToken ct) => DoAsync(
        Ctr(deadline, "pull", "--hosts-dir", host.Files.Resolve(HostsFile.Folder), reference), $"pull {reference}", "image.pull-failed", ct);

    /// <summary>Imports an archive: what of it is for this machine's platform, under the names it has.</summary>
    /// <exception cref="FailureException"><c>image.import-failed</c>, <c>host.disk-full</c>.</exception>
    public Task ImportAsync(string path, TimeSpan deadline, CancellationToken ct) =>
        DoAsync(Ctr(deadline, "import", "--digests=false", host.Files.Resolve(path)), $"import {path}", "image.import-failed", ct);

    /// <summary>Keeps the kubelet's garbage collection away from an image.</summary>
    /// <remarks>containerd's CRI pins its sandbox image by this label itself, but only when the CRI is what pulls it.</remarks>
    public Task PinAsync(string reference, CancellationToken ct) =>
        DoAsync(Ctr(TimeSpan.FromSeconds(30), "label", reference, "io.cri-containerd.pinned=pinned"), $"pin {reference}", "image.import-failed", ct);

    /// <summary>Takes an image's name out; one that is not there is fine.</summary>
    /// <returns>Why it is still there; empty when it is not.</returns>
    public async Task<string> RemoveAsync(string reference, CancellationToken ct)
    {
        if (!host.Files.Exists(Socket))
        {
            return "containerd does not run: it stays in containerd's data";
        }
        // ctr ends with 0 also where there is no such image.
        var result = await host.Processes.RunAsync(Ctr(TimeSpan.FromMinutes(1), "remove", reference), ct);
        return result.Succeeded ? "" : $"containerd did not remove it ({result.Describe()})";
    }

    private Command Ctr(TimeSpan deadline, params string[] arguments) =>
        new("ctr", ["--address", host.Files.Resolve(Socket), "--namespace", "k8s.io", "images", .. arguments]) { Deadline = deadline };

    private async Task DoAsync(Command command, string what, string otherwise, CancellationToken ct)
    {
        var result = await host.Processes.RunAsync(command, ct);
        if (result.Succeeded)
        {
            return;
        }
        // Before its last sentence it draws progress.
        var lines = (result as CommandResult.Ended)?.LastLines ?? [];
        var said = lines.LastOrDefault(line => line.StartsWith("ctr: ", StringComparison.Ordinal)) is { } last ? last[5..] : result.Describe();
        var code = CodeOf(result, said, otherwise);
        // Of several hosts that were asked the sentence is one's; that a mirror does not have the image is told apart.
        var lacking = lines.Where(line => line.Contains("trying next host", StringComparison.Ordinal) && line.Contains("StatusNotFound", StringComparison.Ordinal) && line.Contains("host=", StringComparison.Ordinal))
            .Select(line => line[(line.LastIndexOf("host=", StringComparison.Ordinal) + 5)..].Trim('"', ' ')).Distinct().ToList();
        throw new FailureException(new Failure(code, $"{what}: {(lacking.Count > 0 && code != "image.not-found" ? $"not found on {string.Join(", ", lacking)}; " : "")}{said}"));
    }

    private static string CodeOf(CommandResult result, string said, string otherwise)
    {
        if (result is CommandResult.TimedOut)
        {
            return "image.unreachable";
        }
        if (said.Contains("failed to dial", StringComparison.Ordinal) || said.Contains("containerd.sock", StringComparison.Ordinal))
        {
            return "image.store-unreachable";
        }
        foreach (var (cause, code) in Causes)
        {
            if (said.Contains(cause, StringComparison.OrdinalIgnoreCase))
            {
                // An archive is asked of nobody: whatever cannot be found is in it.
                return otherwise == "image.pull-failed" || code == "host.disk-full" ? code : otherwise;
            }
        }
        return otherwise;
    }
}
