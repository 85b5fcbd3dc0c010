using System.Globalization;

namespace Slipway.Benchmarks;

/// <summary>One measured figure beside what was promised.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Its unit; <c>ratio</c> for a comparison made in the same run.</param>
/// <param name="Value">The median.</param>
/// <param name="AtMost">The promise; null where there is none.</param>
/// <param name="Note">How it came about.</param>
internal sealed record Figure(string Name, string Unit, double Value, double? AtMost = null, string Note = "")
{
    /// <summary>Whether the promise is kept.</summary>
    public bool IsKept => AtMost is null || Value <= AtMost;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name,-52} {Value,14:0.##} {Unit,-6} {(AtMost is null ? "" : $"(at most {AtMost:0.##}: {(IsKept ? "kept" : "MISSED")})")} {Note}").TrimEnd();

    /// <summary>The middle of some numbers.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
