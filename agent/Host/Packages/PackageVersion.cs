using System.Globalization;

namespace Slipway.Hosting;

/// <summary>The version of the software inside the version of its package.</summary>
internal static class PackageVersion
{
    /// <summary>Whether a package's version, such as <c>2.2.1-1~debian.13~trixie</c> or <c>5:2.2.1-3.1.el9</c>, is of a version of the software.</summary>
    public static bool Is(string package, string software)
    {
        var version = WithoutEpoch(package);
        return version.StartsWith(software, StringComparison.Ordinal)
            && (version.Length == software.Length || version[software.Length] is '-' or '~' or '+' or '_' || package == software);
    }

    /// <summary>The numbers at its beginning; null when there are none.</summary>
    public static Version? Numbers(string package)
    {
        var version = WithoutEpoch(package).TrimStart('v');
        var end = 0;
        while (end < version.Length && (char.IsAsciiDigit(version[end]) || version[end] == '.'))
        {
            end++;
        }
        return Version.TryParse(version[..end].Trim('.'), out var parsed) ? parsed : null;
    }

    private static string WithoutEpoch(string package) =>
        package.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && int.TryParse(package.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? package[(colon + 1)..] : package;
}
