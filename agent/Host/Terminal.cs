namespace Slipway.Hosting;

/// <summary>What the operator's terminal asks for.</summary>
internal static class Terminal
{
    /// <summary>Whether the environment asks for no colour (no-color.org).</summary>
    public static bool NoColour => Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };

    /// <summary>Whether the terminal can move its cursor.</summary>
    public static bool HasCursor => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Columns of the terminal that standard error is; 80 where it does not say.</summary>
    public static int Width => Libc.Columns(2) is > 0 and var columns ? columns : 80;
}
