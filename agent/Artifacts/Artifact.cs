namespace Slipway.Artifacts;

/// <summary>One file that upstream publishes.</summary>
/// <param name="Name">Its name in the digest table, such as <c>containerd</c>.</param>
/// <param name="Version">Its version without a leading v.</param>
/// <param name="Architecture">Go's name of the architecture.</param>
/// <param name="Url">Where upstream publishes it. A mirror replaces scheme and host and keeps the path.</param>
/// <param name="Packing">What the bytes are.</param>
internal sealed record Artifact(string Name, string Version, string Architecture, Uri Url, Packing Packing)
{
    /// <summary>Where upstream publishes its SHA-256, in a file of whichever form; null where it does not.</summary>
    public Uri? Checksums { get; init; }

    /// <summary>Whether upstream publishes a signature and its certificate beside it, as <c>.sig</c> and <c>.cert</c> (cosign, keyless).</summary>
    public bool IsSigned { get; init; }

    /// <summary>For people: <c>containerd 2.3.4</c>.</summary>
    public override string ToString() => $"{Name} {Version}";
}

/// <summary>What an artifact's bytes are.</summary>
internal enum Packing
{
    /// <summary>The program itself.</summary>
    Binary,

    /// <summary>A gzipped tar with programs at its top or in <c>bin/</c>.</summary>
    TarGzip,
}
