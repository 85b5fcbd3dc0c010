namespace Slipway.Config;

/// <summary>
/// Where a text came from, and how its lines lie in what the operator wrote: a block scalar of a cloud-config is read as a text
/// of its own, but its problems point into the user data.
/// </summary>
/// <param name="Source">The source's name, such as <c>guestinfo:</c>; empty where there is none.</param>
/// <param name="File">The text's name for messages.</param>
internal sealed record TextOrigin(string Source, string File)
{
    /// <summary>Lines of the operator's text before this text's first line.</summary>
    public int LinesBefore { get; init; }

    /// <summary>Columns of the operator's text before this text's first column: the indentation of the block.</summary>
    public int ColumnsBefore { get; init; }

    /// <summary>The place in the operator's text of a place in this one, both counted from 1.</summary>
    public Position At(long line, long column) =>
        new(File, (int)Math.Max(1, line) + LinesBefore, (int)Math.Max(1, column) + ColumnsBefore) { Source = Source };
}
