namespace Slipway.Lab;

/// <summary>A small disk with a file system on it, as hypervisors and operators hand configuration to a machine.</summary>
/// <param name="Label">The file system's label: <c>cidata</c>, <c>config-2</c>.</param>
/// <param name="Files">Contents by path below its top: <c>openstack/latest/user_data</c>.</param>
/// <param name="IsFat">Whether it is vfat; else ISO 9660 with Rock Ridge and Joliet.</param>
public sealed record DataDisk(string Label, IReadOnlyDictionary<string, string> Files, bool IsFat = false)
{
    /// <summary>Writes the image.</summary>
    /// <param name="path">Where to; whatever is there is replaced. Beside it, <c>PATH.d</c> is used as scratch.</param>
    public async Task WriteAsync(string path)
    {
        string folder = path + ".d";
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        foreach ((string name, string content) in Files)
        {
            string file = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content).ConfigureAwait(false);
        }
        if (!IsFat)
        {
            await Tool.RunInAsync(folder, "genisoimage", "-quiet", "-output", path, "-volid", Label, "-joliet", "-rock", ".").ConfigureAwait(false);
            return;
        }
        File.Delete(path);
        await Tool.RunAsync("truncate", "-s", "4M", path).ConfigureAwait(false);
        await Tool.RunAsync("mkfs.vfat", "-n", Label, path).ConfigureAwait(false);
        await Tool.RunAsync("mcopy", ["-s", "-i", path, .. Directory.GetFileSystemEntries(folder), "::"]).ConfigureAwait(false);
    }
}
