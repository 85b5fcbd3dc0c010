using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Config;

/// <summary>Durations as Go and Kubernetes write them (https://pkg.go.dev/time#ParseDuration): <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>1.5h</c>.</summary>
internal static partial class GoDuration
{
    /// <summary>Parses a duration longer than nothing and not over a year; null when it is not one. A bare number has no unit and is refused.</summary>
    public static TimeSpan? TryParse(string text)
    {
        Match match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        double seconds = 0;
        for (int i = 0; i < match.Groups[1].Captures.Count; i++)
        {
            double number = double.Parse(match.Groups[1].Captures[i].ValueSpan, CultureInfo.InvariantCulture);
            seconds += number * match.Groups[2].Captures[i].Value switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "us" or "µs" => 1e-6,
                _ => 1e-9,
            };
        }

        return seconds is > 0 and <= 366 * 86400.0 ? TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"^(?:([0-9]{1,12}(?:\.[0-9]{1,9})?)(h|m|s|ms|us|µs|ns))+\z")]
    private static partial Regex Form();
}
