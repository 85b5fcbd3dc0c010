namespace Slipway.Hosting;

/// <summary>What the operator's terminal asks for.</summary>
internal static class Terminal
{
    /// <summary>Whether the environment asks for no colour (no-color.org).</summary>
    public static bool NoColour => Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
}
