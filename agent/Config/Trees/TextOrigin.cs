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

    /// <summary>Stretches whose lines lie elsewhere than the first ones, in order: a text put together from several, or rendered.</summary>
    public IReadOnlyList<TextPiece> Pieces { get; init; } = [];

    /// <summary>The place in the operator's text of a place in this one, both counted from 1.</summary>
    public Position At(long line, long column)
    {
        int i = PieceOf(line);
        return i >= 0
            ? Pieces[i].Origin.At(line - Pieces[i].FirstLine + 1, column)
            : new(File, (int)Math.Max(1, line) + LinesBefore, (int)Math.Max(1, column) + ColumnsBefore) { Source = Source };
    }

    private int PieceOf(long line)
    {
        int after = 0;
        for (int end = Pieces.Count; after < end;)
        {
            int middle = (after + end) / 2;
            (after, end) = Pieces[middle].FirstLine <= line ? (middle + 1, end) : (after, middle);
        }

        return after - 1;
    }

    /// <summary>The origin of a text inside this one, which begins after so many of its lines and columns.</summary>
    public TextOrigin Shift(int lines, int columns) => this with
    {
        LinesBefore = LinesBefore + lines,
        ColumnsBefore = ColumnsBefore + columns,
        // Of the pieces that end before, none is left: the first one is that in which the text begins.
        Pieces = [.. Pieces.Skip(Math.Max(0, PieceOf(lines + 1))).Select(piece => new TextPiece(
            Math.Max(1, piece.FirstLine - lines), piece.Origin.Shift(Math.Max(0, lines + 1 - piece.FirstLine), columns)))],
    };

    /// <summary>The same place with a closer name: <c>user-data</c> becomes <c>user-data (part 2)</c>, and that <c>user-data (part 2, base64 decoded)</c>.</summary>
    public TextOrigin Inside(string what) => this with
    {
        File = File.EndsWith(')') ? $"{File[..^1]}, {what})" : $"{File} ({what})",
        Pieces = [.. Pieces.Select(piece => piece with { Origin = piece.Origin.Inside(what) })],
    };

    /// <summary>The same name for a text whose lines are no longer the operator's, because it was encoded.</summary>
    public TextOrigin Decoded(string what) => new TextOrigin(Source, File).Inside(what);
}

/// <summary>A stretch of a text that comes from elsewhere than what stands before it.</summary>
/// <param name="FirstLine">Its first line in the text, counted from 1.</param>
/// <param name="Origin">Where it comes from: its first line is that origin's line 1.</param>
internal sealed record TextPiece(int FirstLine, TextOrigin Origin);
