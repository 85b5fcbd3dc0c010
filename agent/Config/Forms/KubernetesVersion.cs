using System.Buffers;
using System.Globalization;

namespace Slipway.Config;

/// <summary>A Kubernetes version: <c>1.36.2</c>, <c>v1.36.2</c>, <c>1.36</c> (its newest known patch), <c>1.31.4+vmware.1</c>, <c>1.35.0-eks-5e0fdde</c>.</summary>
/// <param name="Major">1, so far.</param>
/// <param name="Minor">The minor version.</param>
/// <param name="Patch">The patch, or null for the newest whose digests are known.</param>
/// <param name="Suffix">A vendor's addition with its leading <c>+</c> or <c>-</c>; empty for upstream's own.</param>
internal sealed record KubernetesVersion(int Major, int Minor, int? Patch, string Suffix)
{
    private static readonly SearchValues<char> SuffixCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+-");

    /// <summary>Parses a version with or without a leading <c>v</c>; null when it is not one.</summary>
    public static KubernetesVersion? TryParse(string text)
    {
        string bare = text.StartsWith('v') ? text[1..] : text;
        int end = bare.AsSpan().IndexOfAny('+', '-');
        string suffix = end < 0 ? "" : bare[end..];
        string[] parts = (end < 0 ? bare : bare[..end]).Split('.');
        return parts.Length is 2 or 3 && Number(parts[0]) is { } major and <= 99 && Number(parts[1]) is { } minor and <= 999
            && (parts.Length == 2 ? suffix.Length == 0 : Number(parts[2]) is not null && (suffix.Length == 0 || IsSuffix(suffix)))
            ? new KubernetesVersion(major, minor, parts.Length == 3 ? Number(parts[2]) : null, suffix)
            : null;

        static int? Number(string digits) =>
            digits.Length is > 0 and <= 4 && (digits[0] != '0' || digits.Length == 1) && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    private static bool IsSuffix(string suffix) => suffix.Length is > 1 and <= 62 && char.IsAsciiLetterOrDigit(suffix[1])
        && !suffix.AsSpan(1).ContainsAnyExcept(SuffixCharacters);

    /// <summary>Without a leading <c>v</c>: <c>1.36.2</c> or <c>1.36</c>.</summary>
    public override string ToString() => Patch is null ? $"{Major}.{Minor}" : $"{Major}.{Minor}.{Patch}{Suffix}";
}
