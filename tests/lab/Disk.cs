using System.Globalization;
using System.Text;

namespace Slipway.Lab;

/// <summary>A disk image made from a tree, without mounting anything: an ext4 file system on the bare disk, as direct kernel boot wants it.</summary>
public static class Disk
{
    private const string Size = "6G";

    /// <summary>Gives an image with some files put in; raw, sparse, shared: boot it through <see cref="OverlayAsync"/> only.</summary>
    public static async Task<string> BuildAsync(Tree tree, IReadOnlyList<GuestFile> files)
    {
        string plain = await LabCache.GetAsync("disk", tree.Key, async target =>
        {
            string image = Path.Combine(target, "disk.raw");
            await Tool.RunAsync("truncate", "-s", Size, image).ConfigureAwait(false);
            await Tool.RunAsync("mkfs.ext4", "-q", "-F", "-L", "root", "-E", "lazy_itable_init=1,lazy_journal_init=1", "-d", tree.Folder, image).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (files.Count == 0)
        {
            return Path.Combine(plain, "disk.raw");
        }
        string key = LabCache.Hash([tree.Key, .. files.Select(f => f.Identity)]);
        string made = await LabCache.GetAsync("disk", key, async target =>
        {
            string image = Path.Combine(target, "disk.raw");
            await Tool.RunAsync("cp", "--sparse=always", "--reflink=auto", Path.Combine(plain, "disk.raw"), image).ConfigureAwait(false);
            await PutAsync(image, files, target).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return Path.Combine(made, "disk.raw");
    }

    /// <summary>A machine's own layer over an image.</summary>
    public static async Task OverlayAsync(string image, string path) =>
        await Tool.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", image, path).ConfigureAwait(false);

    /// <summary>Writes into the file system through debugfs, which needs neither a mount nor a loop device.</summary>
    private static async Task PutAsync(string image, IReadOnlyList<GuestFile> files, string scratch)
    {
        StringBuilder script = new();
        HashSet<string> folders = [];
        int number = 0;
        foreach (GuestFile file in files)
        {
            string folder = Path.GetDirectoryName(file.Path)!, name = Path.GetFileName(file.Path);
            foreach (string parent in Parents(folder).Where(folders.Add))
            {
                // Fails where it exists, which is fine: debugfs goes on.
                script.AppendLine(CultureInfo.InvariantCulture, $"mkdir {parent}");
            }
            script.AppendLine(CultureInfo.InvariantCulture, $"cd {folder}").AppendLine(CultureInfo.InvariantCulture, $"rm {name}");
            switch (file)
            {
                case GuestFile.Link link:
                    script.AppendLine(CultureInfo.InvariantCulture, $"symlink {name} {link.Target}");
                    continue;
                case GuestFile.Text text:
                    await File.WriteAllTextAsync(Path.Combine(scratch, $"{++number}"), text.Content).ConfigureAwait(false);
                    Write(script, Path.Combine(scratch, $"{number}"), name, text.Mode);
                    break;
                case GuestFile.Copy copy:
                    Write(script, copy.Source, name, copy.Mode);
                    break;
            }
        }
        string commands = Path.Combine(scratch, "debugfs");
        await File.WriteAllTextAsync(commands, script.ToString()).ConfigureAwait(false);
        await Tool.RunAsync("debugfs", "-w", "-f", commands, image).ConfigureAwait(false);
        await Tool.RunAsync("e2fsck", "-fn", image).ConfigureAwait(false);
    }

    private static void Write(StringBuilder script, string source, string name, UnixFileMode mode)
    {
        script.AppendLine(CultureInfo.InvariantCulture, $"write {source} {name}");
        script.AppendLine(CultureInfo.InvariantCulture, $"set_inode_field {name} mode 0100{Convert.ToString((int)mode, 8)}");
        script.AppendLine(CultureInfo.InvariantCulture, $"set_inode_field {name} uid 0").AppendLine(CultureInfo.InvariantCulture, $"set_inode_field {name} gid 0");
    }

    private static List<string> Parents(string folder) => folder.Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(new List<string>(), (list, part) => [.. list, (list.Count > 0 ? list[^1] : "") + "/" + part]);
}
