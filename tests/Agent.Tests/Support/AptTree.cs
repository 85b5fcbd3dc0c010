namespace Slipway.Tests.Support;

/// <summary>
/// A Debian tree with real apt and dpkg to install into: this machine's own, as the lower layer of an overlay, with a package database that knows
/// nothing yet. Needs root, and a machine that is a Debian.
/// </summary>
internal sealed class AptTree : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-tree-").FullName;
    private readonly Mount memory;

    public AptTree(string size = "64m")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/apt-get"), "this machine has no apt");
        memory = Mount.Tmpfs(folder, size);
        Root = Path.Join(folder, "root");
        try
        {
            Shell.Run($"mkdir upper work root; mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work root; cd root; "
                + "rm -rf var/lib/dpkg var/lib/apt/lists var/cache/apt var/lib/apt/periodic etc/apt/sources.list etc/apt/sources.list.d etc/apt/apt.conf.d etc/apt/trusted.gpg.d "
                + "etc/apt/preferences.d etc/containerd usr/bin/containerd usr/sbin/policy-rc.d usr/lib/systemd/system/containerd.service etc/systemd/system/*/containerd.service "
                + "var/lib/slipway run/slipway; "
                + "mkdir -p var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers var/lib/dpkg/alternatives var/lib/dpkg/parts var/lib/apt/lists/partial "
                + "var/cache/apt/archives/partial etc/apt/sources.list.d etc/apt/apt.conf.d etc/apt/trusted.gpg.d etc/apt/preferences.d dev; "
                + ": > var/lib/dpkg/status; rm -rf dev/null; mknod -m 666 dev/null c 1 3", folder);
        }
        catch
        {
            Dispose();
            throw;
        }
        Node = new Node(root: Root);
    }

    public string Root { get; }

    public Node Node { get; } = null!;

    /// <summary>Runs a script inside.</summary>
    public string Run(string script) => Shell.Run($"chroot '{Root}' /bin/sh -euc \"$SCRIPT\"", "/", ("SCRIPT", script), ("DEBIAN_FRONTEND", "noninteractive"));

    /// <summary>Installs a package with dpkg alone, as somebody did before us.</summary>
    public void Install(Deb package)
    {
        AptRepository.Build(package, Path.Join(Root, "tmp"));
        Run($"dpkg -i /tmp/{package.Name}_*.deb; rm /tmp/{package.Name}_*.deb");
    }

    /// <summary>The version of a package, and whether it is installed: <c>installed 1.0</c>.</summary>
    public string State(string package) => Shell.Try($"chroot '{Root}' dpkg-query -W -f '${{db:Status-Status}} ${{Version}}' {package}").Output.Replace("not-installed", "", StringComparison.Ordinal).Trim();

    /// <summary>Makes a repository one of the distribution's own sources.</summary>
    public void AddSource(Uri repository, string suite, string component, SigningKey key)
    {
        Node.Put("/etc/apt/keyrings/test.asc", key.Public);
        Node.Put("/etc/apt/sources.list.d/distro.list", $"deb [signed-by=/etc/apt/keyrings/test.asc] {repository} {suite} {component}\n");
    }

    public void Dispose()
    {
        Node?.Dispose();
        Shell.Try($"umount -l '{Root}'");
        memory.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
