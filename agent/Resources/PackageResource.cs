using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A package of the distribution's, installed. Never upgraded; removed only when it was installed here and nothing depends on it.</summary>
/// <param name="Name">Its name.</param>
internal sealed record PackageResource(string Name) : Resource($"package:{Name}")
{
    // What the ledger has of a package that was not installed by the change: it is nobody's to remove.
    private const string WasThere = "installed";

    /// <summary>The version of the software that must be in it; null for whichever the package manager prefers.</summary>
    public string? Version { get; init; }

    /// <summary>The oldest version of the software that will do; null for any.</summary>
    public Version? AtLeast { get; init; }

    /// <summary>The file of the package source that it comes from and that is ours; null where it comes from the node's own sources.</summary>
    public string? SourceFile { get; init; }

    /// <summary>For the installation with all its waiting and its retries.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (host.Packages is not { } packages)
        {
            return new Finding.Refused(new Failure("package.no-manager", $"the package {Name} cannot be installed: there is no apt-get, dnf, yum or tdnf here"));
        }
        return await packages.StateAsync(Name, ct) switch
        {
            PackageState.Installed { Version: var seen } when Version is not null && !PackageVersion.Is(seen, Version) => new Finding.Refused(new Failure("package.other-version",
                $"the package {Name} is installed in version {seen}, and spec.runtime.version says {Version}")),
            PackageState.Installed { Version: var seen } when AtLeast is not null && PackageVersion.Numbers(seen) is { } numbers && numbers < AtLeast =>
                new Finding.Refused(PackageManager.TooOld(Name, seen, AtLeast, "is installed")),
            // As long as it is there no package's service starts, in an image neither: that the package itself is there hides it.
            PackageState.Installed when packages.LeftBehind is { } left => new Finding.Differs($"remove {left}, which an installation that was cut off left", WasThere),
            PackageState.Installed => new Finding.AsWanted(),
            PackageState.Absent { IsHeld: true } => new Finding.Refused(new Failure("package.held", $"the package {Name} is not installed, and held so")),
            PackageState.HalfInstalled => new Finding.Differs($"finish the installation of the package {Name}"),
            _ => new Finding.Differs(Version is null ? $"install the package {Name}" : $"install the package {Name} {Version}"),
        };
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        if (ClearLeft(host) && await host.Packages!.StateAsync(Name, ct) is PackageState.Installed)
        {
            return;
        }
        var started = host.Clock.GetTimestamp();
        FailureException? earlier = null;
        await new Retry(Deadline).RunAsync($"install the package {Name}", host.Clock, host.Log, async (_, token) =>
        {
            try
            {
                await host.Packages!.InstallAsync(new PackageRequest(Name)
                {
                    Version = Version,
                    AtLeast = AtLeast,
                    SourceFile = SourceFile,
                    Deadline = Deadline - host.Clock.GetElapsedTime(started),
                }, token);
                return 0;
            }
            catch (FailureException e)
            {
                // What is cut off by the deadline says less than what went wrong before it.
                earlier = e.Failure.Code == "package.too-slow" ? earlier ?? e : e;
                throw earlier;
            }
        }, ct);
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        ClearLeft(host);
        return trace.Before.Length > 0 ? "it was there before"
            : host.Packages is { } packages && await packages.StateAsync(Name, ct) is not PackageState.Absent ? await packages.RemoveAsync(Name, ct) : "";
    }

    /// <summary>Removes what an installation that was killed left; true when it had left something.</summary>
    private static bool ClearLeft(Host host)
    {
        if (host.Packages?.LeftBehind is not { } left)
        {
            return false;
        }
        host.Files.Delete(left);
        return true;
    }
}
