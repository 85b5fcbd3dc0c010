namespace Slipway.Commands;

/// <summary>What came of looking for the node's configuration: <see cref="Is"/> or <see cref="None"/>.</summary>
internal abstract record Accepted
{
    private Accepted()
    {
    }

    /// <summary>There is one.</summary>
    /// <param name="Acceptance">With everything decided.</param>
    internal sealed record Is(Acceptance Acceptance) : Accepted;

    /// <summary>There is none for this node.</summary>
    /// <param name="Why">A clause for people.</param>
    /// <param name="LeavesAnothers">Whether the saved one is of another instance.</param>
    internal sealed record None(string Why, bool LeavesAnothers) : Accepted;
}
