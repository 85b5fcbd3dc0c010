namespace Slipway.Config;

/// <summary>A place in a text that an operator wrote.</summary>
/// <param name="File">The text's name as an operator knows it, such as <c>user-data</c> or <c>/etc/slipway/node.d/10-site.yaml</c>.</param>
/// <param name="Line">The line, counted from 1.</param>
/// <param name="Column">The character in the line, counted from 1.</param>
internal sealed record Position(string File, int Line, int Column)
{
    /// <summary>The source that delivered the text, such as <c>nocloud:</c>; empty where there is none.</summary>
    public string Source { get; init; } = "";

    /// <summary>The place of what an option of the command line says, such as <c>--mirror</c>: it has no lines.</summary>
    public static Position Option(string name) => new(name, 0, 0);

    /// <summary>Whether the command line says it.</summary>
    public bool IsOption => Line == 0;

    /// <summary><c>file:line:column</c>, the form that editors and terminals make a link of; an option's name as it is.</summary>
    public override string ToString() => IsOption ? File : $"{File}:{Line}:{Column}";
}
