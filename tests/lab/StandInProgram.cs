using System.Text;

namespace Slipway.Lab;

/// <summary>The native stand-in of <c>tests/stubs</c>: published once per change of its source, stamped per version.</summary>
public static class StandInProgram
{
    private const int TrailerLength = 64;

    /// <summary>Path of the unstamped program.</summary>
    public static async Task<string> PublishAsync()
    {
        string project = Path.Combine(LabCache.Repository, "tests", "stubs");
        string key = LabCache.Hash([], project, Path.Combine(LabCache.Repository, "tests", "lab", "Vmx.cs"), Path.Combine(LabCache.Repository, "Directory.Build.props"), Path.Combine(LabCache.Repository, "Directory.Packages.props"));
        string folder = await LabCache.GetAsync("stubs", key, target => Tool.RunAsync("dotnet", "publish", project, "-c", "Release", "-r", "linux-x64",
            // The ahead-of-time compiler for .NET 9 can be had where that for 10 cannot.
            "-p:AgentFramework=net9.0", "-o", target, "--nologo", "-v", "quiet")).ConfigureAwait(false);
        return Path.Combine(folder, "slipway-standin");
    }

    /// <summary>Writes a copy that answers for a name and a version: the trailer makes it a different file, with a different digest, for each.</summary>
    public static async Task StampAsync(string program, string name, string version, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(program, path, overwrite: true);
        byte[] trailer = new byte[TrailerLength];
        Encoding.ASCII.GetBytes($"SLIPWAY-STANDIN-VERSION=v{version}\0{name}", trailer);
        await using FileStream stream = new(path, FileMode.Append);
        await stream.WriteAsync(trailer).ConfigureAwait(false);
    }
}
