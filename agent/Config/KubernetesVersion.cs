using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Config;

/// <summary>A Kubernetes version: <c>1.36.2</c>, <c>v1.36.2</c>, <c>1.36</c> (its newest known patch), <c>1.31.4+vmware.1</c>, <c>1.35.0-eks-5e0fdde</c>.</summary>
/// <param name="Major">1, so far.</param>
/// <param name="Minor">The minor version.</param>
/// <param name="Patch">The patch, or null for the newest whose digests are known.</param>
/// <param name="Suffix">A vendor's addition with its leading <c>+</c> or <c>-</c>; empty for upstream's own.</param>
internal sealed partial record KubernetesVersion(int Major, int Minor, int? Patch, string Suffix)
{
    /// <summary>Parses a version with or without a leading <c>v</c>; null when it is not one.</summary>
    public static KubernetesVersion? TryParse(string text)
    {
        Match match = Form().Match(text);
        return match.Success
            ? new KubernetesVersion(Number(match.Groups[1]), Number(match.Groups[2]), match.Groups[3].Success ? Number(match.Groups[3]) : null,
                match.Groups[4].Value)
            : null;

        static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);
    }

    /// <summary>Without a leading <c>v</c>: <c>1.36.2</c> or <c>1.36</c>.</summary>
    public override string ToString() => Patch is null ? $"{Major}.{Minor}" : $"{Major}.{Minor}.{Patch}{Suffix}";

    [GeneratedRegex(@"^v?([0-9]{1,2})\.([0-9]{1,3})(?:\.([0-9]{1,4})([-+][0-9A-Za-z][0-9A-Za-z.+-]{0,60})?)?\z")]
    private static partial Regex Form();
}
