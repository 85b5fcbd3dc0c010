using System.Globalization;

namespace Slipway.Config;

/// <summary>Durations as Go and Kubernetes write them (https://pkg.go.dev/time#ParseDuration): <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>1.5h</c>.</summary>
internal static class GoDuration
{
    /// <summary>Parses a duration longer than nothing and not over 31 days; null when it is not one. A bare number has no unit and is refused.</summary>
    public static TimeSpan? TryParse(string text) =>
        Seconds(text) is > 0 and <= 31 * 86400.0 and var seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Whether Go takes a text for a duration: also <c>0</c>, and with a sign.</summary>
    public static bool IsDuration(string text)
    {
        string bare = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        // 290 years are what 64 bits of nanoseconds hold.
        return bare == "0" || (bare.Length > 0 && Seconds(bare) is < 290 * 365 * 86400.0);
    }

    private static double? Seconds(string text)
    {
        double seconds = 0;
        for (int at = 0; at < text.Length;)
        {
            int number = at + Length(text.AsSpan(at), c => char.IsAsciiDigit(c) || c == '.');
            int unit = number + Length(text.AsSpan(number), c => !char.IsAsciiDigit(c) && c != '.');
            if (Amount(text.AsSpan(at, number - at)) is not { } amount || Unit(text.AsSpan(number, unit - number)) is not { } factor)
            {
                return null;
            }

            seconds += amount * factor;
            at = unit;
        }

        return seconds;
    }

    private static int Length(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }

    /// <summary>Digits, and perhaps a point with digits behind it: <c>1</c>, <c>1.5</c>.</summary>
    private static double? Amount(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 22 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1])
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount)
            ? amount
            : null;

    private static double? Unit(ReadOnlySpan<char> text) => text switch
    {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        "ms" => 1e-3,
        "us" or "µs" => 1e-6,
        "ns" => 1e-9,
        _ => null,
    };
}
