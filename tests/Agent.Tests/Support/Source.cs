using System.Runtime.CompilerServices;

namespace Slipway.Tests.Support;

/// <summary>Where the repository lies, for tests that read its files.</summary>
internal static class Source
{
    public static string Repository { get; } = Find();

    /// <summary>The agent's source files.</summary>
    public static IEnumerable<string> AgentFiles =>
        from path in Directory.EnumerateFiles(Path.Join(Repository, "agent"), "*.cs", SearchOption.AllDirectories)
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        select path;

    private static string Find([CallerFilePath] string here = "")
    {
        // From the compiled test first: the sources may have been compiled elsewhere.
        foreach (var start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(here)!])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Join(folder.FullName, "Agent.sln")))
                {
                    return folder.FullName;
                }
            }
        }
        throw new InvalidOperationException("no Agent.sln above the tests");
    }
}
