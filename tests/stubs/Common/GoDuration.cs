using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Stubs.Common;

/// <summary>Durations as Go writes them: <c>4m0s</c>, <c>1.5s</c>, <c>500ms</c>.</summary>
internal static partial class GoDuration
{
    /// <summary>Reads one.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }
        if (!Whole().IsMatch(text))
        {
            return false;
        }
        foreach (Match part in Part().Matches(text))
        {
            double number = double.Parse(part.Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
            value += part.Groups[2].Value switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                "s" => TimeSpan.FromSeconds(number),
                "ms" => TimeSpan.FromMilliseconds(number),
                _ => TimeSpan.FromMicroseconds(number),
            };
        }
        return true;
    }

    /// <summary>Writes one: <c>4m0s</c>, <c>1.204s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        string seconds = (value.TotalSeconds % 60).ToString("0.######", CultureInfo.InvariantCulture) + "s";
        return value.TotalHours >= 1 ? $"{(int)value.TotalHours}h{value.Minutes}m{seconds}" : value.TotalMinutes >= 1 ? $"{(int)value.TotalMinutes}m{seconds}" : seconds;
    }

    [GeneratedRegex("^([0-9]+(\\.[0-9]+)?(h|ms|m|s|us|ns))+$")]
    private static partial Regex Whole();

    [GeneratedRegex("([0-9]+(?:\\.[0-9]+)?)(h|ms|m|s|us|ns)")]
    private static partial Regex Part();
}
