namespace Slipway.Artifacts;

/// <summary>How files come to this node: vouched for by whom, from where, within which time.</summary>
internal sealed record Supply
{
    /// <summary>Where verified downloads lie until they are installed, and partial ones until they are whole.</summary>
    public const string Cache = "/var/lib/slipway/cache";

    /// <summary>What vouches for the bytes.</summary>
    public required Digests Digests { get; init; }

    /// <summary>Where to try, in order.</summary>
    public required IReadOnlyList<Origin> Origins { get; init; }

    /// <summary>Whether a file whose digest is not known may be vouched for by the checksum file beside it.</summary>
    public bool TrustsSidecars { get; init; }

    /// <summary>A bundle that is looked into first; null for none.</summary>
    public Bundle? Bundle { get; init; }

    /// <summary>A folder of the caller's own, outside the root, that keeps verified downloads for the next install; null for none.</summary>
    public string? SharedCache { get; init; }

    /// <summary>For each download with all its retries.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);
}
