using System.CommandLine;

namespace Slipway.Commands;

/// <summary><c>slipway bundle create|verify|push</c>: one file with all that an air-gapped site needs.</summary>
internal static class BundleCommand
{
    /// <summary>The verb with its own verbs.</summary>
    public static System.CommandLine.Command Verb() => new("bundle", "One file with all that an air-gapped site needs.");
}
