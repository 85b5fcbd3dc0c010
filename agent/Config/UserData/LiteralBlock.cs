namespace Slipway.Config;

/// <summary>Finds the place of a text that stands as a value in another YAML text.</summary>
internal static class LiteralBlock
{
    /// <summary>
    /// Where a value's lines lie. A literal block keeps its lines, and the reader has noted where they are; in any other style lines
    /// have been joined or escaped, and places are counted in the value itself, which the name then says.
    /// </summary>
    /// <param name="content">The value, read from a text that was given no origin of its own.</param>
    /// <param name="origin">Where the outer text lies in what the operator wrote.</param>
    /// <param name="name">What messages call the value.</param>
    public static TextOrigin Place(ScalarNode content, TextOrigin origin, string name) => content.Block is { } block
        ? origin.Shift(block.LinesBefore, block.ColumnsBefore).Inside(name)
        : origin.Decoded($"{name}, lines of its content");
}
