namespace Slipway.Hosting;

/// <summary>Where a package stands on the node.</summary>
internal abstract record PackageState
{
    private PackageState()
    {
    }

    /// <summary>It is not installed; its configuration files may be left.</summary>
    /// <param name="IsHeld">Whether the operator told the package manager to leave it so.</param>
    public sealed record Absent(bool IsHeld = false) : PackageState;

    /// <summary>It is installed.</summary>
    /// <param name="Version">Its version as the package manager writes it, such as <c>1.7.24~ds1-6+deb13u1</c>.</param>
    public sealed record Installed(string Version) : PackageState;

    /// <summary>Its installation was cut off.</summary>
    public sealed record HalfInstalled : PackageState;
}

/// <summary>A package to install.</summary>
/// <param name="Name">Its name.</param>
internal sealed record PackageRequest(string Name)
{
    /// <summary>The version of the software, such as <c>2.2.1</c>, whichever revision of the package has it; null for what the package manager prefers.</summary>
    public string? Version { get; init; }

    /// <summary>The oldest version of the software that will do; null for any.</summary>
    public Version? AtLeast { get; init; }

    /// <summary>The file of the package source that it comes from and that is ours; null where it comes from the node's own sources.</summary>
    public string? SourceFile { get; init; }

    /// <summary>For all of it, waiting for locks included.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);
}
