namespace Slipway.Tests.Support;

/// <summary>A package to build: a few files of text, with what its maker says of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
internal sealed record Deb(string Name, string Version)
{
    /// <summary>More lines of its control file.</summary>
    public string Control { get; init; } = "";

    /// <summary>Files by path; those below <c>/etc</c> are conffiles.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Its postinst, if any.</summary>
    public string PostInst { get; init; } = "";

    /// <summary>A package as containerd's are: a program, a unit, and a configuration in which the CRI plugin is switched off.</summary>
    public static Deb Containerd(string name, string version) => new(name, version)
    {
        Files = new Dictionary<string, string>
        {
            ["/usr/bin/containerd"] = $"#!/bin/sh\necho containerd test {version}\n",
            ["/usr/lib/systemd/system/containerd.service"] = "[Service]\nExecStart=/usr/bin/containerd\n[Install]\nWantedBy=multi-user.target\n",
            ["/etc/containerd/config.toml"] = "disabled_plugins = [\"cri\"]\n",
        },
        // What invoke-rc.d and deb-systemd-invoke ask before they start a service.
        PostInst = "mkdir -p /var/lib/test; [ \"$1\" = configure ]; { /usr/sbin/policy-rc.d containerd start; echo $?; } > /var/lib/test/policy || true",
    };
}

/// <summary>A signed repository of real packages, as a folder for a web server.</summary>
internal sealed class AptRepository : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-repo-").FullName;
    private readonly SigningKey key;

    public AptRepository(SigningKey key) => this.key = key;

    /// <summary>Publishes these packages in a suite, and no others.</summary>
    /// <param name="path">Where the repository lies on the server, such as <c>linux/debian</c>.</param>
    /// <param name="suite">Such as <c>trixie</c>.</param>
    /// <param name="component">Such as <c>stable</c>.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="signer">Who signs; null for the repository's own key.</param>
    public void Publish(string path, string suite, string component, Deb[] packages, SigningKey? signer = null)
    {
        var here = Path.Join(folder, path);
        if (Directory.Exists(here))
        {
            Directory.Delete(here, recursive: true);
        }
        var architecture = Architecture;
        var binary = $"dists/{suite}/{component}/binary-{architecture}";
        Directory.CreateDirectory(Path.Join(here, binary));
        Directory.CreateDirectory(Path.Join(here, "pool"));
        foreach (var package in packages)
        {
            Build(package, Path.Join(here, "pool"));
        }
        File.WriteAllText(Path.Join(here, "gpg"), key.Public);
        Shell.Run($"apt-ftparchive packages pool > {binary}/Packages; "
            + $"apt-ftparchive -o APT::FTPArchive::Release::Suite={suite} -o APT::FTPArchive::Release::Codename={suite} "
            + $"-o APT::FTPArchive::Release::Components={component} -o APT::FTPArchive::Release::Architectures={architecture} release dists/{suite} > Release; "
            + $"mv Release dists/{suite}/Release", here);
        (signer ?? key).Gpg($"--batch --yes --clearsign --output dists/{suite}/InRelease dists/{suite}/Release", here);
    }

    /// <summary>Debian's name of this machine's architecture.</summary>
    public static string Architecture { get; } = Shell.Run("dpkg --print-architecture");

    /// <summary>What a server answers from it.</summary>
    public Reply Answer(string path)
    {
        var file = Path.Join(folder, Uri.UnescapeDataString(path));
        return File.Exists(file) ? new Reply(File.ReadAllBytes(file)) : Reply.NotFound;
    }

    /// <summary>Builds a package and gives its file.</summary>
    public static string Build(Deb package, string target)
    {
        using var tree = new TemporaryFolder();
        Directory.CreateDirectory(Path.Join(tree.Path, "DEBIAN"));
        File.WriteAllText(Path.Join(tree.Path, "DEBIAN/control"), $"""
            Package: {package.Name}
            Version: {package.Version}
            Architecture: {Architecture}
            Maintainer: Test <test@test.example>
            Description: made by a test
            {package.Control}
            """.TrimEnd() + "\n");
        foreach (var (path, content) in package.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(tree.Path, path))!);
            File.WriteAllText(Path.Join(tree.Path, path), content);
            File.SetUnixFileMode(Path.Join(tree.Path, path), path.Contains("/bin/", StringComparison.Ordinal) ? Slipway.Hosting.Modes.Mode755 : Slipway.Hosting.Modes.Mode644);
        }
        if (package.Files.Keys.Where(path => path.StartsWith("/etc/", StringComparison.Ordinal)).ToList() is { Count: > 0 } configuration)
        {
            File.WriteAllLines(Path.Join(tree.Path, "DEBIAN/conffiles"), configuration);
        }
        if (package.PostInst.Length > 0)
        {
            File.WriteAllText(Path.Join(tree.Path, "DEBIAN/postinst"), $"#!/bin/sh\n{package.PostInst}\n");
            File.SetUnixFileMode(Path.Join(tree.Path, "DEBIAN/postinst"), Slipway.Hosting.Modes.Mode755);
        }
        var file = Path.Join(target, $"{package.Name}_{package.Version.Replace(':', '.')}.deb");
        Shell.Run($"dpkg-deb --root-owner-group -Zgzip -z1 --build '{tree.Path}' '{file}'");
        return file;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <summary>A folder that goes away.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-folder-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
