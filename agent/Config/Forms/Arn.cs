namespace Slipway.Config;

/// <summary>An ARN with a resource of the form <c>KIND/NAME</c> (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).</summary>
/// <param name="Partition">Such as <c>aws</c> or <c>aws-us-gov</c>.</param>
/// <param name="Service">Such as <c>iam</c>.</param>
/// <param name="Region">The region; empty for a global service.</param>
/// <param name="Kind">Such as <c>role</c>.</param>
internal sealed record Arn(string Partition, string Service, string Region, string Kind)
{
    private static readonly string[] Partitions =
        ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

    /// <summary>Parses an ARN of a role, a trust anchor or a profile; null when it is none.</summary>
    public static Arn? TryParse(string text)
    {
        string[] parts = text.Split(':');
        if (parts is not ["arn", var partition, var service, var region, { Length: 12 } account, var resource]
            || !Partitions.Contains(partition) || !account.All(char.IsAsciiDigit))
        {
            return null;
        }

        int slash = resource.IndexOf('/', StringComparison.Ordinal);
        string kind = slash < 0 ? "" : resource[..slash];
        string name = resource[(slash + 1)..];
        bool fits = (service, kind) switch
        {
            ("iam", "role") => region.Length == 0 && name.Split('/') is [.., { Length: > 0 and <= 64 }] && name.Length <= 576
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '=' or ',' or '.' or '@' or '_' or '-' or '/'),
            ("rolesanywhere", "trust-anchor" or "profile") => IsRegion(region) && name.Length == 36
                && Guid.TryParseExact(name, "D", out _) && !name.Any(char.IsAsciiLetterUpper),
            _ => false,
        };
        return fits ? new Arn(partition, service, region, kind) : null;
    }

    /// <summary>Whether a text has the form of a region's name: <c>eu-central-1</c>, <c>us-gov-west-1</c>, <c>eusc-de-east-1</c>.</summary>
    public static bool IsRegion(string text) =>
        text.Split('-') is { Length: 3 or 4 } parts && parts[0].Length is >= 2 and <= 4 && parts[^1].Length is 1 or 2 && parts[^1].All(char.IsAsciiDigit)
        && parts.Take(parts.Length - 1).All(part => part.Length > 0 && part.All(char.IsAsciiLetterLower));
}
