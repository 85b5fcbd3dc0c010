namespace Slipway.Hosting;

/// <summary>The permission bits we use, by the octal names that operators know.</summary>
internal static class Modes
{
    /// <summary>Owner only: secrets.</summary>
    public const UnixFileMode Mode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Readable by all.</summary>
    public const UnixFileMode Mode644 = Mode600 | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>A private directory.</summary>
    public const UnixFileMode Mode700 = Mode600 | UnixFileMode.UserExecute;

    /// <summary>A program or a public directory.</summary>
    public const UnixFileMode Mode755 = Mode644 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The bits as an operator writes them, such as <c>0644</c>.</summary>
    public static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8).PadLeft(3, '0');
}
