namespace Slipway.Lab;

/// <summary>A Debian file tree with systemd, cloud-init and Debian 12's kernel (tree/root/etc/apt/preferences.d/kernel says why), and without a container runtime: the image that a node starts from.</summary>
/// <param name="Folder">The tree, owned by root; shared by all, so never write into it.</param>
/// <param name="Key">Hash of its recipe.</param>
public sealed record Tree(string Folder, string Key)
{
    /// <summary>Debian 13: systemd 257, cloud-init 25.1. The default.</summary>
    public const string Trixie = "trixie";

    /// <summary>Debian 12: systemd 252, cloud-init 22.4.</summary>
    public const string Bookworm = "bookworm";

    private static string Recipe => Path.Combine(LabCache.Repository, "tests", "lab", "tree");

    /// <summary>The kernel, for direct boot.</summary>
    public string Kernel => Directory.GetFiles(Path.Combine(Folder, "boot"), "vmlinuz-*").Single();

    /// <summary>Its initramfs.</summary>
    public string Initrd => Directory.GetFiles(Path.Combine(Folder, "boot"), "initrd.img-*").Single();

    /// <summary>Gives the tree, building it where its recipe (<c>tests/lab/tree</c>) changed: about a minute, root only.</summary>
    /// <param name="suite">Debian's code name for it: <see cref="Trixie"/> or <see cref="Bookworm"/>.</param>
    public static async Task<Tree> BuildAsync(string suite = Trixie)
    {
        string key = $"{suite}-{LabCache.Hash(["1"], Recipe)}";
        string entry = await LabCache.GetAsync("tree", key, async target =>
        {
            IEnumerable<string> packages = (await File.ReadAllLinesAsync(Path.Combine(Recipe, "packages")).ConfigureAwait(false)).Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0);
            await Tool.RunAsync("mmdebstrap",
            [
                "--variant=minbase", "--mode=root", "--architectures=amd64", "--quiet", $"--include={string.Join(',', packages)}",
                // Before the kernel is installed, so that its initramfs is made as our files say.
                $"--essential-hook=cp -a {Recipe}/root/. \"$1/\"", $"--customize-hook=sh {Recipe}/customize.sh \"$1\"",
                suite, Path.Combine(target, "root"), .. new[] { suite, Bookworm }.Distinct().Select(s => $"deb {DebianSuite.MirrorUrl} {s} main"),
            ]).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new Tree(Path.Combine(entry, "root"), key);
    }
}
