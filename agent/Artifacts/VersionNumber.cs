namespace Slipway.Artifacts;

/// <summary>The numbers at the beginning of a version: of containerd, of a kernel, of a C library.</summary>
internal static class VersionNumber
{
    /// <summary>The numbers that <c>2.3.0-rc.1</c> or <c>4.18.0-553.el8.x86_64</c> begins with; null where there are not two.</summary>
    public static Version? Of(string text)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }
        var parts = text[..end].TrimEnd('.').Split('.');
        return Version.TryParse(string.Join('.', parts.Take(3)), out var version) ? version : null;
    }
}
