namespace Slipway.Hosting;

/// <summary>The folders that files are put into.</summary>
internal static class Folders
{
    /// <summary>Makes a folder and whatever is missing above it, each 0755 and durable. The umask of who started us does not count.</summary>
    public static void Make(string path)
    {
        if (Directory.Exists(path) || Path.GetDirectoryName(path) is not { } above)
        {
            return;
        }
        Make(above);
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Modes.Mode755);
        Libc.Flush(above);
    }
}
