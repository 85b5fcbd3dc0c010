using System.Globalization;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>The distribution's package manager. Only packages that are named are installed or removed; nothing is ever upgraded.</summary>
internal abstract class PackageManager(Host host)
{
    /// <summary>The outside world.</summary>
    protected Host Host => host;

    /// <summary>The package manager of a node, by the programs it has; null when it has none that we know.</summary>
    public static PackageManager? Of(Host host) =>
        host.Files.Exists("/usr/bin/apt-get") && host.Files.Exists("/usr/bin/dpkg") ? new AptPackages(host)
        : host.Files.Exists("/usr/bin/dnf") ? new RpmPackages(host, "dnf")
        : host.Files.Exists("/usr/bin/tdnf") ? new RpmPackages(host, "tdnf")
        : host.Files.Exists("/usr/bin/yum") ? new RpmPackages(host, "yum")
        : null;

    /// <summary>Where a package stands.</summary>
    /// <exception cref="FailureException"><c>package.failed</c>.</exception>
    public abstract Task<PackageState> StateAsync(string name, CancellationToken ct);

    /// <summary>Installs a package that is not installed, with what it needs and nothing else.</summary>
    /// <exception cref="FailureException"><c>package.*</c> or <c>host.disk-full</c>; a lock that others hold is transient.</exception>
    public abstract Task InstallAsync(PackageRequest request, CancellationToken ct);

    /// <summary>Removes a package, and no other; its configuration files stay where the package manager leaves them.</summary>
    /// <returns>Why it was left; empty when it was not.</returns>
    /// <exception cref="FailureException"><c>package.*</c>.</exception>
    public abstract Task<string> RemoveAsync(string name, CancellationToken ct);

    /// <summary>A file that an installation left because it was killed, and that changes what the package manager does; null when there is none.</summary>
    public virtual string? LeftBehind => null;

    /// <summary>Asks a program that changes nothing.</summary>
    protected Task<CommandResult> AskAsync(string program, CancellationToken ct, params string[] arguments) =>
        host.Foreign.AskAsync(new Command(program, arguments) { Environment = ["LC_ALL=C"] }, ct);

    /// <summary>Runs a program that changes the node; whoever holds a lock that it waits for is told.</summary>
    protected Task<CommandResult> RunAsync(TimeSpan deadline, string program, CancellationToken ct, params string[] arguments)
    {
        var told = "";
        return host.Foreign.RunAsync(new Command(program, arguments)
        {
            Deadline = deadline,
            Environment = Environment(),
            OnLine = line =>
            {
                host.Log.Debug("{Line:l}", $"{program}: {line}");
                var holder = Waiting(line);
                if (holder.Length > 0 && Interlocked.Exchange(ref told, holder) != holder)
                {
                    host.Log.Attention($"{program} waits: {holder}");
                }
            },
        }, ct);
    }

    /// <summary>What is left of a deadline, at least a second.</summary>
    protected TimeSpan Left(TimeSpan deadline, long started)
    {
        var left = deadline - host.Clock.GetElapsedTime(started);
        return left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
    }

    /// <summary>Who holds the lock that a line says is waited for; empty for any other line.</summary>
    private static string Waiting(string line)
    {
        foreach (var start in (string[])["Could not get lock", "Waiting for process with pid", "Another app is currently holding"])
        {
            if (line.IndexOf(start, StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            {
                // apt counts the seconds behind it.
                var end = line.IndexOf("...", at, StringComparison.Ordinal);
                return (end > at ? line[at..end] : line[at..]).Trim();
            }
        }
        return "";
    }

    private string[] Environment()
    {
        var reach = host.Reach;
        List<string> variables = ["LC_ALL=C", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l", "APT_LISTCHANGES_FRONTEND=none"];
        Add("http_proxy", reach.HttpProxy);
        Add("https_proxy", reach.HttpsProxy);
        Add("no_proxy", reach.NoProxy.Count > 0 ? string.Join(',', reach.NoProxy) : null);
        return [.. variables];

        void Add(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                // Credentials do not go into an environment: a proxy that asks for them has to be in the package manager's own configuration.
                value = Uri.TryCreate(value, UriKind.Absolute, out var proxy) && proxy.UserInfo.Length > 0
                    ? new UriBuilder(proxy) { UserName = "", Password = "" }.Uri.AbsoluteUri
                    : value;
                variables.Add($"{name}={value}");
                variables.Add($"{name.ToUpperInvariant()}={value}");
            }
        }
    }

    /// <summary>Refuses a version of the software that is too old to be of use.</summary>
    protected static void Require(PackageRequest request, string version)
    {
        if (request.AtLeast is { } least && PackageVersion.Numbers(version) is { } numbers && numbers < least)
        {
            throw new FailureException(TooOld(request.Name, version, least, "would be installed"));
        }
    }

    /// <summary>The failure that a package is too old.</summary>
    public static Failure TooOld(string name, string version, Version least, string how) =>
        new("package.too-old", string.Create(CultureInfo.InvariantCulture, $"{name} {version} {how}, and {least} is the oldest that will do"));
}
