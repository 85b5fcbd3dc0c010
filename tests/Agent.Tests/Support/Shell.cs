using System.Diagnostics;

namespace Slipway.Tests.Support;

/// <summary>Programs of this machine that a test needs: they succeed, or the test fails with what they said.</summary>
internal static class Shell
{
    /// <summary>Runs a script and gives its standard output, trimmed.</summary>
    public static string Run(string script, string folder = "/", params (string Name, string Value)[] environment)
    {
        var (exit, output, error) = Try(script, folder, environment);
        return exit == 0 ? output : throw new InvalidOperationException($"exit {exit} of: {script}\n{output}\n{error}");
    }

    /// <summary>The same, a failure being an answer.</summary>
    public static (int Exit, string Output, string Error) Try(string script, string folder = "/", params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash", ["-euc", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim(), error.GetAwaiter().GetResult().Trim());
    }
}
