namespace Slipway.Config;

/// <summary>What came of reading a node's documents: <see cref="Valid"/> or <see cref="Invalid"/>.</summary>
internal abstract record NodeConfigResult
{
    private NodeConfigResult()
    {
    }

    /// <summary>The configuration holds.</summary>
    /// <param name="Config">The typed configuration.</param>
    /// <param name="Merged">The merged document it was read from, with the place of every value.</param>
    /// <param name="Id">The configuration's id: see <see cref="NodeConfigJson.Id"/>.</param>
    /// <param name="Warnings">What is allowed but should be known.</param>
    internal sealed record Valid(NodeConfig Config, MappingNode Merged, string Id, IReadOnlyList<Problem> Warnings) : NodeConfigResult
    {
        /// <summary>Whether this run joins the node; otherwise it only prepares.</summary>
        public bool Joins { get; init; } = true;
    }

    /// <summary>The configuration is wrong.</summary>
    /// <param name="Problems">Every mistake, by document and place.</param>
    internal sealed record Invalid(IReadOnlyList<Problem> Problems) : NodeConfigResult;
}
