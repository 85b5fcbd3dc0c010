namespace Slipway.Config;

/// <summary>What must hold between a mapping's fields once all documents are merged; a single document may be partial.</summary>
internal abstract record Rule
{
    private Rule()
    {
    }

    /// <summary>Exactly one of some fields is given.</summary>
    /// <param name="Names">The fields.</param>
    internal sealed record ExactlyOne(params IReadOnlyList<string> Names) : Rule;

    /// <summary>A field is given.</summary>
    /// <param name="Name">The field.</param>
    /// <param name="UnlessGiven">Another field that makes it unnecessary, or null.</param>
    internal sealed record Required(string Name, string? UnlessGiven = null) : Rule;

    /// <summary>
    /// Whether a field counts as given: not absent, null, <c>""</c>, <c>false</c> or an empty list. An empty mapping is given:
    /// <c>controlPlane: {}</c> makes a control-plane node.
    /// </summary>
    public static bool IsGiven(MappingNode mapping, string name) => mapping.Find(name) switch
    {
        null => false,
        ScalarNode { Raw: "" } => false,
        ScalarNode { Kind: ScalarKind.Boolean } flag => flag.Raw[0] is 't' or 'T',
        SequenceNode list => list.Items.Count > 0,
        _ => true,
    };
}
