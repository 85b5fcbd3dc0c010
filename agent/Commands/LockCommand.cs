using System.CommandLine;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway lock</c>: the exact URLs and digests that an install will use, for review.</summary>
internal static class LockCommand
{
    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb() => CommandLine.Verb("lock", "Write the exact URLs and digests that an install will use.", RunAsync);

    private static Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken ct) => Task.FromResult(ExitCode.Failed);
}
