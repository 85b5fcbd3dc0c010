namespace Slipway.Config;

/// <summary>Finds the place of a text that stands as a value in another YAML text.</summary>
internal static class LiteralBlock
{
    /// <summary>
    /// Where a value's lines lie. A literal block keeps its lines, so their places follow from the first one; in any other
    /// style lines have been joined or escaped, and places are counted in the value itself, which the name then says.
    /// </summary>
    /// <param name="lines">The outer text.</param>
    /// <param name="content">The value, with its place in the outer text.</param>
    /// <param name="origin">Where the outer text lies in what the operator wrote.</param>
    /// <param name="name">What messages call the value.</param>
    public static TextOrigin Place(string[] lines, ScalarNode content, TextOrigin origin, string name)
    {
        int header = content.At.Line - 1;
        int start = content.At.Column - 1;
        if (content.Quoted && header < lines.Length && start < lines[header].Length && lines[header][start] == '|')
        {
            // Only the first line that is not blank is needed, not all of them.
            int first = 0;
            ReadOnlySpan<char> inner = default;
            foreach (ReadOnlySpan<char> line in content.Raw.AsSpan().EnumerateLines())
            {
                inner = line;
                if (!line.Trim().IsEmpty)
                {
                    break;
                }

                first++;
            }

            string outer = !inner.IsEmpty && header + 1 + first < lines.Length ? lines[header + 1 + first].TrimEnd('\r') : "";
            if (outer.Length > 0 && outer.AsSpan().EndsWith(inner))
            {
                return origin.Shift(header + 1, outer.Length - inner.Length).Inside(name);
            }
        }

        return origin.Decoded($"{name}, lines of its content");
    }
}
