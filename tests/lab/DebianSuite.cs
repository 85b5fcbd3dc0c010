namespace Slipway.Lab;

/// <summary>A Debian suite other than this machine's own, reached through apt directories of the lab's own; the machine's sources stay as they are.</summary>
/// <param name="name">Its code name: trixie, forky.</param>
public sealed class DebianSuite(string name)
{
    private const string Keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    private string Folder => Path.Combine(LabCache.Folder, "apt", name);

    /// <summary>Its code name.</summary>
    public string Name => name;

    /// <summary>The mirror that this machine's own Debian packages come from.</summary>
    public static string MirrorUrl { get; } = FindMirror();

    /// <summary>Fetches the newest version of some packages and unpacks them.</summary>
    /// <param name="target">An empty folder; each package is unpacked into it.</param>
    /// <param name="packages">Their names.</param>
    /// <returns>Debian versions by package name.</returns>
    public async Task<IReadOnlyDictionary<string, string>> UnpackAsync(string target, params IEnumerable<string> packages)
    {
        string downloads = Directory.CreateDirectory(target + ".deb").FullName;
        await DownloadAsync(downloads, packages).ConfigureAwait(false);
        Dictionary<string, string> versions = new(StringComparer.Ordinal);
        foreach (string deb in Directory.GetFiles(downloads, "*.deb"))
        {
            string[] fields = (await Tool.RunAsync("dpkg-deb", "--show", "--showformat=${Package} ${Version}", deb).ConfigureAwait(false)).Split(' ');
            versions[fields[0]] = fields[1];
            await Tool.RunAsync("dpkg-deb", "-x", deb, target).ConfigureAwait(false);
        }
        Directory.Delete(downloads, recursive: true);
        return versions;
    }

    /// <summary>Fetches the newest version of some packages, as they are.</summary>
    /// <param name="target">The folder for their files.</param>
    /// <param name="packages">Their names.</param>
    public async Task DownloadAsync(string target, params IEnumerable<string> packages) =>
        await Tool.RunInAsync(target, "apt-get", [.. await PrepareAsync().ConfigureAwait(false), "download", .. packages]).ConfigureAwait(false);

    private async Task<string[]> PrepareAsync()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(Folder, "cache", "archives", "partial"));
        string sources = Path.Combine(Folder, "sources.list"), status = Path.Combine(Folder, "status");
        await File.WriteAllTextAsync(sources, $"deb [arch=amd64 signed-by={Keyring}] {MirrorUrl} {name} main\n").ConfigureAwait(false);
        await File.WriteAllTextAsync(status, "").ConfigureAwait(false);
        string[] options =
        [
            "-q", "-o", $"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=/dev/null", "-o", $"Dir::State::Lists={Folder}/lists", "-o", $"Dir::State::Status={status}",
            "-o", $"Dir::Cache={Folder}/cache", "-o", "APT::Architecture=amd64", "-o", "Acquire::Languages=none", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3",
            // Testing's index may be out of date on mirrors that are seldom synchronised; its signature is checked all the same.
            .. name == "forky" ? ["-o", "Acquire::Check-Valid-Until=false"] : Array.Empty<string>(),
        ];
        await Tool.RunAsync("apt-get", [.. options, "update"]).ConfigureAwait(false);
        return options;
    }

    private static string FindMirror()
    {
        IEnumerable<string> files = Directory.Exists("/etc/apt/sources.list.d") ? Directory.GetFiles("/etc/apt/sources.list.d").Order(StringComparer.Ordinal) : [];
        foreach (string file in files.Append("/etc/apt/sources.list").Where(File.Exists))
        {
            foreach (string line in File.ReadLines(file))
            {
                string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                string? url = words is ["URIs:", var uri, ..] ? uri : words is ["deb", .. var rest] ? rest.FirstOrDefault(w => w.StartsWith("http", StringComparison.Ordinal)) : null;
                if (url is not null && url.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal))
                {
                    return url;
                }
            }
        }
        throw new InvalidOperationException("this machine's apt sources name no Debian mirror (a URL that ends in /debian)");
    }
}
