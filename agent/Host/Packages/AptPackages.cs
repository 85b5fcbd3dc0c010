using System.Globalization;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>dpkg and apt-get: Debian and Ubuntu.</summary>
internal sealed class AptPackages(Host host) : PackageManager(host)
{
    private const string Lists = "/var/lib/apt/lists";

    // Where systemd does not run, or belongs to another root, a package must not start its services: invoke-rc.d(8) asks this program.
    private const string Policy = "/usr/sbin/policy-rc.d";
    private const string StartsNothing = "#!/bin/sh\n# Put here by slipway while it installs packages, and removed afterwards.\nexit 101\n";

    private static readonly TimeSpan Fresh = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    /// <remarks>By its whole text, which names us: what somebody else put there, or changed, is not ours.</remarks>
    public override string? LeftBehind => Host.Files.Status(Policy) is { Kind: FileKind.File } && Host.Files.ReadText(Policy) == StartsNothing ? Policy : null;

    /// <inheritdoc/>
    public override async Task<PackageState> StateAsync(string name, CancellationToken ct)
    {
        var result = await AskAsync("dpkg-query", ct, "--show", "--showformat=${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status} ${Version}\\n", name);
        if (result is CommandResult.Ended { ExitCode: 0 or 1 } ended)
        {
            PackageState state = new PackageState.Absent();
            foreach (var line in ended.Output.Split('\n'))
            {
                // One line an architecture: the installed one counts.
                state = line.Split(' ') switch
                {
                    [_, "ok", "installed", var version] => new PackageState.Installed(version),
                    ["hold", "ok", "not-installed" or "config-files", ..] when state is PackageState.Absent => new PackageState.Absent(IsHeld: true),
                    [_, _, "not-installed" or "config-files", ..] => state,
                    [_, _, _, _] when state is PackageState.Absent => new PackageState.HalfInstalled(),
                    _ => state,
                };
            }
            return state;
        }
        throw new FailureException(PackageTrouble.Explain($"ask dpkg for {name}", result));
    }

    /// <inheritdoc/>
    public override async Task InstallAsync(PackageRequest request, CancellationToken ct)
    {
        var started = Host.Clock.GetTimestamp();
        var withheld = WithholdStarts();
        try
        {
            if (await StateAsync(request.Name, ct) is PackageState.HalfInstalled)
            {
                // Cut off in the middle of it. What this cannot mend, installing it anew may.
                await RunAsync(Left(request.Deadline, started), "dpkg", ct, "--force-confold", "--configure", "-a");
                if (await StateAsync(request.Name, ct) is PackageState.Installed)
                {
                    return;
                }
            }
            var isStale = ListsAreStale();
            var trouble = isStale ? await UpdateAsync(request, null, started, ct)
                : request.SourceFile is not null ? await UpdateAsync(request, request.SourceFile, started, ct) : null;
            var failure = await TryAsync(request, started, ct);
            if (failure is { Code: "package.not-found" or "package.unreachable" } && !isStale)
            {
                // Younger than a day, and still behind the archive: it drops old versions as soon as new ones come.
                trouble = await UpdateAsync(request, null, started, ct);
                failure = await TryAsync(request, started, ct);
            }
            if (failure is not null)
            {
                throw new FailureException(failure.Code == "package.not-found" ? trouble ?? failure : failure);
            }
        }
        finally
        {
            if (withheld)
            {
                Host.Files.Delete(Policy);
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(string name, CancellationToken ct)
    {
        // dpkg itself: apt-get would take along whatever depends on it.
        var result = await RunAsync(TimeSpan.FromMinutes(5), "dpkg", ct, "--remove", name);
        return result.Succeeded ? ""
            : result is CommandResult.Ended { LastLines: var said } && said.Any(line => line.Contains("dependency problems", StringComparison.Ordinal))
                ? $"the package {name}: others depend on it ({string.Join("; ", said.Where(line => line.Contains(" depends on ", StringComparison.Ordinal)).Select(line => line.Trim()))})"
                : throw new FailureException(PackageTrouble.Explain($"remove the package {name}", result));
    }

    private async Task<Failure?> TryAsync(PackageRequest request, long started, CancellationToken ct)
    {
        var version = await ChooseAsync(request, ct);
        if (version is null)
        {
            return new Failure("package.not-found", request.Version is null
                ? $"no package source has {request.Name}" : $"no package source has {request.Name} in version {request.Version}");
        }
        Require(request, version);
        var left = Left(request.Deadline, started);
        var result = await RunAsync(left, "apt-get", ct, [.. Options(left), "--no-install-recommends", "--no-remove", "--no-upgrade",
            "-o", "Dpkg::Options::=--force-confold", "install", request.Version is null ? request.Name : $"{request.Name}={version}"]);
        return result.Succeeded ? null : PackageTrouble.Explain($"install the package {request.Name}", result);
    }

    /// <summary>The version to install: the newest package of the wanted version, else what apt would take; null when there is none.</summary>
    private async Task<string?> ChooseAsync(PackageRequest request, CancellationToken ct)
    {
        var result = request.Version is null ? await AskAsync("apt-cache", ct, "policy", request.Name) : await AskAsync("apt-cache", ct, "madison", request.Name);
        foreach (var line in (result as CommandResult.Ended)?.Output.Split('\n') ?? [])
        {
            var found = request.Version is null
                ? line.Split("Candidate:") is [_, var candidate] && candidate.Trim() != "(none)" ? candidate.Trim() : ""
                // Such as "containerd.io | 2.2.1-1~debian.13~trixie | https://…": newest first.
                : line.Split('|') is [_, var version, ..] && PackageVersion.Is(version.Trim(), request.Version) ? version.Trim() : "";
            if (found.Length > 0)
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>Fetches the package lists anew: of all sources, or of one file's.</summary>
    /// <returns>What went wrong. It may concern a source that does not matter here: it counts only when the installation fails.</returns>
    private async Task<Failure?> UpdateAsync(PackageRequest request, string? only, long started, CancellationToken ct)
    {
        var left = Left(request.Deadline, started);
        var result = await RunAsync(left, "apt-get", ct, [.. Options(left),
            .. only is null ? (string[])[] : ["-o", $"Dir::Etc::SourceList={only}", "-o", "Dir::Etc::SourceParts=-", "-o", "APT::Get::List-Cleanup=false"], "update"]);
        // A source that cannot be reached is only a warning to apt, which goes on with the lists it has.
        var failure = result is CommandResult.Ended { ExitCode: 0, LastLines: var said } && !said.Any(line => line.Contains("Failed to fetch", StringComparison.Ordinal))
            ? null : PackageTrouble.Explain("refresh the package lists", result);
        if (failure is { Code: "package.locked" })
        {
            throw new FailureException(failure);
        }
        if (failure is not null)
        {
            Host.Log.Attention(failure.ToString());
        }
        return failure;
    }

    private static string[] Options(TimeSpan left) =>
    [
        "-q", "-y", "-o", "Dpkg::Use-Pty=false", "-o", "APT::Get::AutomaticRemove=false", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30", "-o", "Acquire::https::Timeout=30",
        // A little less than we wait ourselves, so that it is apt that says who has it.
        "-o", string.Create(CultureInfo.InvariantCulture, $"DPkg::Lock::Timeout={Math.Max(1, (int)(left.TotalSeconds * 0.9))}"),
    ];

    private bool ListsAreStale()
    {
        var names = Host.Files.List(Lists);
        if (!names.Any(name => name.Contains("_Packages", StringComparison.Ordinal)))
        {
            return true;
        }
        var newest = DateTime.MinValue;
        // The lists' own times are those of the archive; their folder's is that of the last change here.
        foreach (var path in (string[])["/var/lib/apt/periodic/update-success-stamp", Lists, $"{Lists}/partial"])
        {
            newest = Host.Files.Status(path) is { Modified: var modified } && modified > newest ? modified : newest;
        }
        return Host.Clock.GetUtcNow() - newest > Fresh;
    }

    /// <summary>Keeps packages from starting services where that is not for them; true when it is for the caller to undo.</summary>
    private bool WithholdStarts()
    {
        if (Host.Services.IsRunning)
        {
            // One that a build which was cut off left behind would keep every service down for ever.
            if (LeftBehind is not null)
            {
                Host.Files.Delete(Policy);
            }
            return false;
        }
        if (Host.Files.Status(Policy) is not null && LeftBehind is null)
        {
            return false;
        }
        Host.Files.Write(Policy, StartsNothing, Modes.Mode755);
        return true;
    }
}
