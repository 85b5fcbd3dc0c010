namespace Slipway.Config;

/// <summary>What came of reading a node's documents: <see cref="Valid"/> or <see cref="Invalid"/>.</summary>
internal abstract record NodeConfigResult
{
    private NodeConfigResult()
    {
    }

    /// <summary>What is allowed but should be known.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>What a valid configuration may ask for and this version does not do; where nothing could be merged, nothing.</summary>
    public IReadOnlyList<Problem> Unsupported => this switch
    {
        Valid valid => Supported.Problems(valid.Merged),
        Invalid { Merged: { } merged } => Supported.Problems(merged),
        _ => [],
    };

    /// <summary>The configuration holds.</summary>
    /// <param name="Config">The typed configuration.</param>
    /// <param name="Merged">The merged document it was read from, with the place of every value.</param>
    /// <param name="Id">The configuration's id: see <see cref="NodeConfigJson.Id"/>.</param>
    internal sealed record Valid(NodeConfig Config, MappingNode Merged, string Id) : NodeConfigResult;

    /// <summary>The configuration is wrong.</summary>
    /// <param name="Problems">Every mistake: those of form by document and place, then those between fields.</param>
    internal sealed record Invalid(IReadOnlyList<Problem> Problems) : NodeConfigResult
    {
        /// <summary>The merged document with its mistakes; null where nothing could be merged.</summary>
        public MappingNode? Merged { get; init; }
    }
}
