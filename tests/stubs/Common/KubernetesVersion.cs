using System.Globalization;

namespace Slipway.Stubs.Common;

/// <summary>A Kubernetes release number; what a program accepts depends on the minor.</summary>
/// <param name="Text">As printed, with the leading v and any suffix: <c>v1.36.2</c>.</param>
/// <param name="Major">Always 1 so far.</param>
/// <param name="Minor">The release series.</param>
/// <param name="Patch">The patch within it.</param>
internal sealed record KubernetesVersion(string Text, int Major, int Minor, int Patch)
{
    /// <summary>Whether this is 1.<paramref name="minor"/> or newer.</summary>
    public bool IsAtLeast(int minor) => Major > 1 || Minor >= minor;

    /// <summary>Reads <c>v1.36.2</c> or <c>1.36.2+suffix</c>.</summary>
    /// <exception cref="FormatException">It is not a version.</exception>
    public static KubernetesVersion Parse(string text)
    {
        string[] parts = text.TrimStart('v').Split('+', '-')[0].Split('.');
        return parts is [var major, var minor, var patch]
            ? new(text.StartsWith('v') ? text : "v" + text, Number(major), Number(minor), Number(patch))
            : throw new FormatException($"not a version: {text}");
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
