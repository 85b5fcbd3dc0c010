namespace Slipway.Sources;

/// <summary>Where one source stands, as <c>slipway config sources</c> tells it.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="State">What asking it gave, or why it was not asked.</param>
/// <param name="Why">One clause; holds no content of the source.</param>
internal sealed record SourceReport(string Name, SourceState State, string Why)
{
    /// <summary>Whether this is the source that <c>run</c> takes.</summary>
    public bool IsChosen { get; init; }

    /// <summary>The state as it is printed.</summary>
    public string StateWord => State switch
    {
        SourceState.NotForPlatform => "not-for-this-platform",
        SourceState.NotAsked => "not-asked",
        _ => State.ToString().ToLowerInvariant(),
    };
}

/// <summary>What asking a source gave, or that it was not asked.</summary>
internal enum SourceState
{
    /// <summary>It has documents for this node.</summary>
    Found,

    /// <summary>It has nothing for this node.</summary>
    Absent,

    /// <summary>It could not be asked.</summary>
    Unreachable,

    /// <summary>What it has is broken: <c>run</c> stops.</summary>
    Malformed,

    /// <summary>This platform cannot have it.</summary>
    NotForPlatform,

    /// <summary>It is asked only where it is named.</summary>
    NotAsked,
}
