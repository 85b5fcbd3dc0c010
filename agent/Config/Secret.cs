using System.Diagnostics;

namespace Slipway.Config;

/// <summary>
/// A value that never prints: not through <see cref="ToString"/>, an enclosing record, a JSON serialiser (it has no public property)
/// or a debugger. Only <see cref="Reveal"/> gives it out, so that every use can be found by that name.
/// </summary>
/// <typeparam name="T">What is kept.</typeparam>
[DebuggerDisplay("***")]
internal sealed class Secret<T>(T value)
    where T : notnull
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly T value = value;

    /// <summary>The value itself, for the one place that needs it.</summary>
    public T Reveal() => value;

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
