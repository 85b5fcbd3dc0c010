using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>rpm with dnf, yum or tdnf: RHEL and its rebuilds, Amazon Linux, Photon.</summary>
/// <param name="host">The outside world.</param>
/// <param name="program"><c>dnf</c>, <c>yum</c> or <c>tdnf</c>.</param>
internal sealed class RpmPackages(Host host, string program) : PackageManager(host)
{
    // What rpm calls Docker's key once dnf has taken it from its file: the last eight digits of its fingerprint.
    private const string DockersKey = "gpg-pubkey-621e9f35";

    /// <inheritdoc/>
    public override async Task<PackageState> StateAsync(string name, CancellationToken ct) =>
        await AskAsync("rpm", ct, "--query", "--queryformat", "%{VERSION}-%{RELEASE}\\n", name) switch
        {
            CommandResult.Ended { ExitCode: 0, Output: var output } => new PackageState.Installed(output.Split('\n')[0].Trim()),
            CommandResult.Ended ended when ended.LastLines.Any(line => line.Contains("is not installed", StringComparison.Ordinal)) => new PackageState.Absent(),
            var other => throw new FailureException(PackageTrouble.Explain($"ask rpm for {name}", other)),
        };

    /// <inheritdoc/>
    public override async Task InstallAsync(PackageRequest request, CancellationToken ct)
    {
        var started = Host.Clock.GetTimestamp();
        var failure = await TryAsync(request, refresh: false, started, ct);
        if (failure is { Code: "package.not-found" or "package.unreachable" })
        {
            failure = await TryAsync(request, refresh: true, started, ct);
        }
        if (failure is not null)
        {
            throw new FailureException(failure);
        }
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(string name, CancellationToken ct)
    {
        // rpm itself: dnf would take along whatever depends on it, and what nobody needs any more.
        var result = await RunAsync(TimeSpan.FromMinutes(5), "rpm", ct, "--erase", name);
        return result.Succeeded
            // Whether it was there before nobody can tell any more.
            ? name == "containerd.io" && await StateAsync(DockersKey, ct) is PackageState.Installed
                ? $"the package is removed; its repository's key stays in rpm's database: rpm --erase {DockersKey}" : ""
            : result is CommandResult.Ended { LastLines: var said } && said.Any(line => line.Contains("is needed by", StringComparison.Ordinal))
                ? $"the package {name}: others depend on it ({string.Join("; ", said.Where(line => line.Contains("is needed by", StringComparison.Ordinal)).Select(line => line.Trim()))})"
                : throw new FailureException(PackageTrouble.Explain($"remove the package {name}", result));
    }

    /// <summary>The package that a file belongs to; null when it belongs to none.</summary>
    /// <param name="path">Absolute path on the node.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>package.*</c>: rpm cannot tell.</exception>
    public async Task<string?> OwnerOfAsync(string path, CancellationToken ct) =>
        await AskAsync("rpm", ct, "--query", "--queryformat", "%{NAME}\\n", "--file", path) switch
        {
            CommandResult.Ended { ExitCode: 0, Output: var output } => output.Split('\n')[0].Trim(),
            // chroot's 127: there is no rpm below that root.
            CommandResult.NotStarted or CommandResult.Ended { ExitCode: 127 } => null,
            CommandResult.Ended ended when ended.LastLines.Any(line => line.EndsWith("is not owned by any package", StringComparison.Ordinal)
                || (line.Contains(path, StringComparison.Ordinal) && line.EndsWith("No such file or directory", StringComparison.Ordinal))) => null,
            var other => throw new FailureException(PackageTrouble.Explain($"ask rpm which package {path} belongs to", other)),
        };

    /// <summary>The newest version that a list offers of a package; null when it offers none.</summary>
    /// <param name="name">The package's name.</param>
    /// <param name="list">Such as <c>containerd.io.x86_64  2.2.1-1.el9  slipway-docker</c>. dnf and yum break lines that are too long for them.</param>
    private static string? Newest(string name, string list)
    {
        string? newest = null;
        var words = list.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (var at = 0; at + 1 < words.Length; at++)
        {
            if (words[at].StartsWith(name + ".", StringComparison.Ordinal) && words[at][(name.Length + 1)..] is "x86_64" or "aarch64" or "noarch"
                && PackageVersion.Numbers(words[at + 1]) is { } numbers && (newest is null || numbers > PackageVersion.Numbers(newest)))
            {
                newest = words[at + 1];
            }
        }
        return newest;
    }

    private async Task<Failure?> TryAsync(PackageRequest request, bool refresh, long started, CancellationToken ct)
    {
        string[] options = [.. program == "tdnf" ? (string[])[] : ["--setopt=install_weak_deps=False"], .. refresh ? (string[])["--refresh"] : []];
        if (request is { AtLeast: not null, Version: null })
        {
            // All versions in tdnf's answer, the newest alone in dnf's.
            var listed = await RunAsync(Left(request.Deadline, started), program, ct, ["-y", .. options, "list", program == "tdnf" ? "available" : "--available", request.Name]);
            if (!listed.Succeeded)
            {
                return PackageTrouble.Explain($"ask for the version of the package {request.Name}", listed);
            }
            if (Newest(request.Name, ((CommandResult.Ended)listed).Output) is { } newest)
            {
                Require(request, newest);
            }
        }
        else if (request.Version is { } version)
        {
            Require(request, version);
        }
        // Name and version without the release: the newest release of it is taken.
        var result = await RunAsync(Left(request.Deadline, started), program, ct,
            ["-y", .. options, "install", request.Version is null ? request.Name : $"{request.Name}-{request.Version}"]);
        return result.Succeeded ? null : PackageTrouble.Explain($"install the package {request.Name}", result);
    }
}
