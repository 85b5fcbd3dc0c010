using System.Runtime.InteropServices;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway version</c>: version, commit, runtime, architecture.</summary>
internal static class VersionCommand
{
    /// <summary>Prints it.</summary>
    public static ExitCode Run(GlobalOptions options)
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(Console.Out, json =>
            {
                json.WriteString("version", Build.Version);
                json.WriteString("commit", Build.Commit);
                json.WriteString("runtime", Build.Runtime);
                json.WriteBoolean("runtimeSupported", Build.RuntimeIsSupported);
                json.WriteString("architecture", architecture);
            });
            return ExitCode.Done;
        }
        Console.Out.WriteLine($"slipway {Build.Version} (commit {Build.Commit}, {Build.Runtime}"
            + $"{(Build.RuntimeIsSupported ? "" : ", which is out of support: not a release build")}, linux-{architecture})");
        return ExitCode.Done;
    }
}
