using System.Diagnostics;
using System.Globalization;

namespace Slipway.Fuzz;

/// <summary>Runs an input in a process of its own whose heap the runtime limits: it ends well, or it needed more.</summary>
internal static class SmallHeap
{
    /// <summary>The limit: 64 MB of heap for everything, the input included.</summary>
    public const long Limit = 64 * 1024 * 1024;

    private const string Variable = "DOTNET_GCHeapHardLimit";

    /// <summary>Whether this is such a process. It only reads: what the checks need is not counted.</summary>
    public static bool IsOwn { get; } = Environment.GetEnvironmentVariable(Variable) is not null;

    /// <summary>Whether the limit is enough for an input. Inside such a process everything that ends well was.</summary>
    /// <param name="target">The way in.</param>
    /// <param name="input">The input.</param>
    /// <param name="most">The most memory that the heap was given, in bytes.</param>
    public static bool Suffices(Target target, byte[] input, out long most)
    {
        most = 0;
        if (IsOwn)
        {
            return true;
        }

        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, input);
            // Once more where it fails: the runtime has ended by a signal at its limit, at inputs that a second time had room to spare.
            return Ends(target, file, out most) || Ends(target, file, out most);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool Ends(Target target, string file, out long most)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["--replay", file, "--target", target.Name, "--findings", Path.GetTempPath()])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = Limit.ToString("x", CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        int at = said.LastIndexOf("largest ", StringComparison.Ordinal);
        most = at < 0 ? Limit : 1_000_000 * long.Parse(said[at..].Split(' ')[1], CultureInfo.InvariantCulture);
        return process.ExitCode == 0;
    }
}
