using System.Diagnostics;

namespace Slipway.Lab;

/// <summary>Runs programs of this machine: argument arrays, never a shell.</summary>
public static class Tool
{
    /// <summary>Runs one to its end and gives its standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has the last of what it said.</exception>
    public static Task<string> RunAsync(string program, params IEnumerable<string> arguments) => RunInAsync(null, program, arguments);

    /// <summary>The same in a folder.</summary>
    public static async Task<string> RunInAsync(string? folder, string program, params IEnumerable<string> arguments)
    {
        (int exit, string output, string error) = await TryAsync(folder, program, arguments).ConfigureAwait(false);
        return exit == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} exited with {exit}:\n{Tail(error.Length > 0 ? error : output)}");
    }

    /// <summary>The same, a failure being an answer.</summary>
    public static async Task<(int Exit, string Output, string Error)> TryAsync(string? folder, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        if (folder is not null)
        {
            start.WorkingDirectory = folder;
        }
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return (process.ExitCode, output, await error.ConfigureAwait(false));
    }

    private static string Tail(string text) => string.Join('\n', text.TrimEnd().Split('\n').TakeLast(15));
}
