using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Resources;

/// <summary>How one program of an artifact goes again, and what others had at its path comes back.</summary>
internal static class ProgramRemoval
{
    /// <summary>Takes it away where it is what was installed, and puts back what stood there before.</summary>
    /// <returns>Why it was left; empty when it was not.</returns>
    public static string Remove(FileTree files, string path, InstalledProgram program, Trace trace)
    {
        // What others put there last is what would be there without us.
        var foreign = trace.Befores.Select(before => ForeignIn(before, program.Name)).Where(before => before.Length > 0).ToList();
        var seen = Replaced.Describe(files, path);
        if (seen.Length > 0 && Replaced.DigestOf(seen) != program.Sha256)
        {
            return foreign.Contains(seen) ? "" : foreign.FirstOrDefault(before => Replaced.IsKept(files, before) && Replaced.DigestOf(before).Length > 0) is { } original
                ? $"changed since; what stood there before is kept as {Replaced.PlaceOf(original)}"
                : "changed since";
        }
        if (foreign.Count > 0 && foreign[0] == ForeignIn(trace.Before, program.Name) && Replaced.DigestOf(foreign[0]) == program.Sha256)
        {
            // It stood there before us, byte for byte.
            return "";
        }
        if (foreign.LastOrDefault(before => Replaced.DigestOf(before) != program.Sha256 && Replaced.IsKept(files, before)) is { } theirs)
        {
            Replaced.PutBack(files, path, theirs);
            return "";
        }
        files.Delete(path);
        return "";
    }

    private static string ForeignIn(string before, string program) =>
        before.Split('\n').FirstOrDefault(line => line.StartsWith(program + "\t", StringComparison.Ordinal))?[(program.Length + 1)..] ?? "";
}
