namespace Slipway.Lab;

/// <summary>A Debian 13 file tree with systemd, cloud-init and Debian 12's kernel (tree/root/etc/apt/preferences.d/kernel says why), and without a container runtime: the image that a node starts from.</summary>
/// <param name="Folder">The tree, owned by root; shared by all, so never write into it.</param>
/// <param name="Key">Hash of its recipe.</param>
public sealed record Tree(string Folder, string Key)
{
    private static string Recipe => Path.Combine(LabCache.Repository, "tests", "lab", "tree");

    /// <summary>The kernel, for direct boot.</summary>
    public string Kernel => Directory.GetFiles(Path.Combine(Folder, "boot"), "vmlinuz-*").Single();

    /// <summary>Its initramfs.</summary>
    public string Initrd => Directory.GetFiles(Path.Combine(Folder, "boot"), "initrd.img-*").Single();

    /// <summary>Gives the tree, building it where its recipe (<c>tests/lab/tree</c>) changed: about a minute, root only.</summary>
    public static async Task<Tree> BuildAsync()
    {
        string key = "trixie-" + LabCache.Hash(["1"], Recipe);
        string entry = await LabCache.GetAsync("tree", key, async target =>
        {
            IEnumerable<string> packages = (await File.ReadAllLinesAsync(Path.Combine(Recipe, "packages")).ConfigureAwait(false)).Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0);
            await Tool.RunAsync("mmdebstrap", "--variant=minbase", "--mode=root", "--architectures=amd64", "--quiet", $"--include={string.Join(',', packages)}",
                // Before the kernel is installed, so that its initramfs is made as our files say.
                $"--essential-hook=cp -a {Recipe}/root/. \"$1/\"", $"--customize-hook=sh {Recipe}/customize.sh \"$1\"",
                "trixie", Path.Combine(target, "root"), $"deb {DebianSuite.MirrorUrl} trixie main", $"deb {DebianSuite.MirrorUrl} bookworm main").ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new Tree(Path.Combine(entry, "root"), key);
    }
}
