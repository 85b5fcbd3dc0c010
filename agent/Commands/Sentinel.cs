using Slipway.Hosting;

namespace Slipway.Commands;

/// <summary>Cluster API's sign that a node has been bootstrapped, which its controllers look for.</summary>
internal static class Sentinel
{
    private const string Path = "/run/cluster-api/bootstrap-success.complete";

    /// <summary>Writes it where it is not there yet.</summary>
    public static void Write(FileTree files)
    {
        if (files.Status(Path) is null)
        {
            files.Write(Path, "success\n", Modes.Mode644);
        }
    }
}
