namespace Slipway.Config;

/// <summary>Whether a problem stands in the way.</summary>
internal enum Severity
{
    /// <summary>The configuration is refused.</summary>
    Error,

    /// <summary>The configuration is taken; somebody should look at it.</summary>
    Warning,
}

/// <summary>One mistake in a configuration, said so that its author can correct it. Never holds a secret's value.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Path">The field, such as <c>spec.join.kubeadm.join.token</c>; empty where no field can be named.</param>
/// <param name="Code">A code of <see cref="Reporting.ErrorCodes"/>, such as <c>config.unknown-field</c>.</param>
/// <param name="Message">What is wrong: a clause without a full stop.</param>
/// <param name="Expected">What would have been right, or null where the message says it.</param>
/// <param name="Nearest">The known name or word nearest to the one written, or null.</param>
internal sealed record Problem(Position At, string Path, string Code, string Message, string? Expected = null, string? Nearest = null)
{
    /// <summary>Whether it stands in the way.</summary>
    public Severity Severity { get; init; }

    /// <summary>What was written there: printable and shortened; null for a secret, a list, a mapping, and what is not there.</summary>
    public string? Value { get; init; }

    /// <summary>One line: place, field, mistake, the nearest known name, what was expected.</summary>
    public override string ToString()
    {
        string field = Path.Length > 0 ? $"{Path}: " : "";
        string nearest = Nearest is null ? "" : $"; did you mean \"{Nearest}\"?";
        string expected = Expected is null ? "" : Nearest is null ? $"; expected {Expected}" : $" expected {Expected}";
        return $"{At}: {field}{Message}{nearest}{expected}";
    }
}
