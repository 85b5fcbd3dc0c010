namespace Slipway.Artifacts;

/// <summary>Which containerd others may have installed: the oldest that works, and which upstream recommends.</summary>
internal static class ContainerdVersions
{
    /// <summary>The oldest that Slipway supports.</summary>
    public static Version Oldest { get; } = new(1, 7, 24);

    // containerd's RELEASES.md, "Kubernetes Support": by minor version of Kubernetes, the first good patch of each line; newer lines are good.
    private static readonly string[][] Recommended =
    [
        ["1.7.24", "2.0.1", "2.1.0"],
        ["1.7.24", "2.0.4", "2.1.0"],
        ["1.7.28", "2.0.6", "2.1.3"],
        ["1.7.28", "2.1.5", "2.2.0"],
        ["2.2.0", "2.3.0"],
    ];

    /// <summary>What upstream recommends for a minor version of Kubernetes, where a containerd is not of it; null where it is.</summary>
    public static string? Missed(int minor, Version seen)
    {
        var row = Recommended[Math.Clamp(minor - 32, 0, Recommended.Length - 1)];
        var newest = Version.Parse(row[^1]);
        if (seen >= newest)
        {
            return null;
        }
        foreach (var text in row)
        {
            var first = Version.Parse(text);
            if (first.Major == seen.Major && first.Minor == seen.Minor && seen >= first)
            {
                return null;
            }
        }
        return string.Join("+, ", row) + "+";
    }
}
