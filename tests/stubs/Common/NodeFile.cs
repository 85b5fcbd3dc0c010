namespace Slipway.Stubs.Common;

/// <summary>Writes a file with its folder and mode.</summary>
internal static class NodeFile
{
    private const UnixFileMode PublicMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A file anybody may read: 0644.</summary>
    public static void WritePublic(string path, string text) => Write(path, text, PublicMode);

    /// <summary>A file with a secret: 0600.</summary>
    public static void WritePrivate(string path, string text) => Write(path, text, PrivateMode);

    private static void Write(string path, string text, UnixFileMode mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream stream = new(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode });
        File.SetUnixFileMode(stream.SafeFileHandle, mode);
        using StreamWriter writer = new(stream);
        writer.Write(text);
    }
}
