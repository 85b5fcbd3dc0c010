namespace Slipway.Config;

/// <summary>A place in a text that an operator wrote.</summary>
/// <param name="File">The text's name as an operator knows it, such as <c>user-data</c> or <c>/etc/slipway/node.d/10-site.yaml</c>.</param>
/// <param name="Line">The line, counted from 1.</param>
/// <param name="Column">The character in the line, counted from 1.</param>
internal sealed record Position(string File, int Line, int Column)
{
    /// <summary>The source that delivered the text, such as <c>nocloud:</c>; empty where there is none.</summary>
    public string Source { get; init; } = "";

    /// <summary><c>file:line:column</c>, the form that editors and terminals make a link of.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";
}
