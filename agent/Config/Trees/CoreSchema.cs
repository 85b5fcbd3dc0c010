using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Config;

/// <summary>
/// What an unquoted YAML scalar means: the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).
/// <c>yes</c>, <c>on</c> and <c>012</c> are not what YAML 1.1 made of them. <c>.inf</c> and <c>.nan</c> stay text: JSON has no such numbers.
/// </summary>
internal static partial class CoreSchema
{
    /// <summary>The node for an unquoted scalar.</summary>
    public static ConfigNode Resolve(Position at, string raw) => raw switch
    {
        "" or "~" or "null" or "Null" or "NULL" => new NullNode(at),
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => new ScalarNode(at, raw, ScalarKind.Boolean, false),
        _ when WholeNumber().IsMatch(raw) => new ScalarNode(at, raw, ScalarKind.Whole, false),
        _ when FractionNumber().IsMatch(raw) => new ScalarNode(at, raw, ScalarKind.Fraction, false),
        _ => new ScalarNode(at, raw, ScalarKind.Text, false),
    };

    /// <summary>The value of a whole number as written (decimal, <c>0x</c>, <c>0o</c>), or null when it does not fit 64 bits.</summary>
    public static long? WholeValue(string raw)
    {
        if (raw.StartsWith("0x", StringComparison.Ordinal))
        {
            return long.TryParse(raw.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex) ? hex : null;
        }

        if (raw.StartsWith("0o", StringComparison.Ordinal))
        {
            if (raw.Length > 22)
            {
                return null;
            }

            long sum = 0;
            foreach (char digit in raw.AsSpan(2))
            {
                sum = (sum * 8) + (digit - '0');
            }

            return sum;
        }

        return long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;
    }

    /// <summary>Whether the characters would be read as something else than text when they stood unquoted.</summary>
    public static bool IsText(string raw) => Resolve(new Position("", 1, 1), raw) is ScalarNode { Kind: ScalarKind.Text };

    [GeneratedRegex(@"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\z")]
    private static partial Regex FractionNumber();
}
