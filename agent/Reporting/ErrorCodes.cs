namespace Slipway.Reporting;

/// <summary>What <c>slipway explain CODE</c> prints.</summary>
/// <param name="Code">The stable word.</param>
/// <param name="Outcome">The exit code that the failure leads to.</param>
/// <param name="Means">What happened, in one or two sentences.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record ErrorCode(string Code, ExitCode Outcome, string Means, string Fix);

/// <summary>Every error code there is, by area.</summary>
internal static class ErrorCodes
{
    /// <summary>All codes, in the order they are documented.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        // configuration
        new("config.absent", ExitCode.BadConfiguration,
            "No source has any configuration for this node.",
            "Give the node user data with a NodeConfig, put one into /etc/slipway/node.d, or name a source with --config-source."),
        new("config.invalid", ExitCode.BadConfiguration,
            "The configuration has one or more mistakes; each is listed with file, line and column.",
            "Correct the lines named and check with: slipway config check"),
    ];

    /// <summary>The entry for a code, or null for a word that is not one.</summary>
    public static ErrorCode? Find(string code) => All.FirstOrDefault(c => c.Code == code);
}
