using System.Text;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>Which GNU C library a tree has, told from its files alone: the tree may be an image of another machine's.</summary>
internal static class GlibcVersion
{
    /// <summary>The longest library that is looked into, in bytes; real ones are 2 MB.</summary>
    private const int Most = 8 << 20;

    private static readonly string[] Folders =
    [
        "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib",
    ];

    /// <summary>The version of the first library found; null where there is none, or it does not say.</summary>
    public static Version? Of(FileTree files)
    {
        foreach (var folder in Folders)
        {
            if (In(files, $"{folder}/libc.so.6") is { } version)
            {
                return version;
            }
        }
        return null;
    }

    private static Version? In(FileTree files, string path)
    {
        try
        {
            // Until 2.34 libc.so.6 was a link whose target had the version in its name.
            if (files.Status(path) is { LinkTarget: { } target } && Path.GetFileName(target) is ['l', 'i', 'b', 'c', '-', .. var number, '.', 's', 'o']
                && Version.TryParse(number, out var named))
            {
                return named;
            }
            return files.ReadBytes(path, Most) is { } library ? Banner(library) : null;
        }
        catch (FailureException)
        {
            return null;
        }
    }

    /// <summary>What the library itself would print: <c>GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.</c></summary>
    private static Version? Banner(ReadOnlySpan<byte> library)
    {
        var at = library.IndexOf("GNU C Library ("u8);
        if (at < 0)
        {
            return null;
        }
        var banner = library.Slice(at, Math.Min(200, library.Length - at));
        var word = banner.IndexOf(" release version "u8);
        if (word < 0)
        {
            return null;
        }
        var number = banner[(word + " release version "u8.Length)..];
        var end = 0;
        while (end < number.Length && (char.IsAsciiDigit((char)number[end]) || number[end] == '.'))
        {
            end++;
        }
        return Version.TryParse(Encoding.ASCII.GetString(number[..end]).TrimEnd('.'), out var version) ? version : null;
    }
}
