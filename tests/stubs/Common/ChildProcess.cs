using System.ComponentModel;
using System.Diagnostics;

namespace Slipway.Stubs.Common;

/// <summary>Runs another program of the node, found through PATH.</summary>
internal static class ChildProcess
{
    /// <summary>Exit code and everything it said; 127 where there is no such program.</summary>
    public static async Task<(int Exit, string Output)> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false) + await error.ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            return (process.ExitCode, output);
        }
        catch (Win32Exception e)
        {
            return (127, e.Message);
        }
    }
}
