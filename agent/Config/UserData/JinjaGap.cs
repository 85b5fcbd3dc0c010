namespace Slipway.Config;

/// <summary>Something in a template that is not rendered.</summary>
/// <param name="IsStatement">Whether it is a statement, of which nothing is left in the rendered text; a mark stands for an expression.</param>
/// <param name="FirstLine">Its first line in the rendered text; for a statement that of all it encloses.</param>
/// <param name="LastLine">Its last line there.</param>
/// <param name="At">Where it is in what the operator wrote.</param>
/// <param name="Expression">How it reads.</param>
/// <param name="Why">Why it is not rendered: a clause.</param>
internal sealed record JinjaGap(bool IsStatement, int FirstLine, int LastLine, Position At, string Expression, string Why)
{
    /// <summary>What it is where a document needs it: a mistake.</summary>
    public Problem ToProblem() => new(At, "", "config.template-unsupported", $"{Quoting.Value(Expression)} cannot be rendered: {Why}", JinjaTemplate.Supported);
}
