using System.CommandLine;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway uninstall</c>: removes what Slipway put on the node, by its ledger.</summary>
internal static class UninstallCommand
{
    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb() => CommandLine.Verb("uninstall", "Remove exactly what slipway put on this node.", RunAsync);

    private static Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken ct) => Task.FromResult(ExitCode.Failed);
}
