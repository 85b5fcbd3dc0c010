namespace Slipway.Config;

/// <summary>Amounts as Kubernetes writes them (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/): <c>100m</c>, <c>1.5Gi</c>, <c>2e3</c>.</summary>
internal static class Quantity
{
    private static readonly string[] Suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    /// <summary>Whether a text is an amount that is not negative.</summary>
    public static bool IsAmount(string text)
    {
        int at = text.StartsWith('+') ? 1 : 0;
        int whole = Digits(text, ref at);
        int fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            fraction = Digits(text, ref at);
        }

        string rest = text[at..];
        if (rest.Length > 1 && rest[0] is 'e' or 'E' && (char.IsAsciiDigit(rest[^1])))
        {
            int exponent = rest[1] is '+' or '-' ? 2 : 1;
            return whole + fraction is > 0 and <= 30 && Digits(rest, ref exponent) is > 0 and <= 2 && exponent == rest.Length;
        }

        return whole + fraction is > 0 and <= 30 && Suffixes.Contains(rest);
    }

    /// <summary>Whether a text is a part of a hundred: <c>10%</c>, <c>0.5%</c>.</summary>
    public static bool IsPercentage(string text) =>
        text.EndsWith('%') && text.Length > 1 && char.IsAsciiDigit(text[0])
        && double.TryParse(text.AsSpan(0, text.Length - 1), System.Globalization.NumberStyles.AllowDecimalPoint,
            System.Globalization.CultureInfo.InvariantCulture, out double value)
        && value <= 100;

    private static int Digits(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at - start;
    }
}
