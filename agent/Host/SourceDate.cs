using System.Globalization;

namespace Slipway.Hosting;

/// <summary>The time that a reproducible build gives what it makes.</summary>
/// <remarks>https://reproducible-builds.org/specs/source-date-epoch/</remarks>
internal static class SourceDate
{
    /// <summary>What SOURCE_DATE_EPOCH says (seconds since 1970, UTC); null where it is not set, or is no such number.</summary>
    public static DateTimeOffset? OfEnvironment =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
