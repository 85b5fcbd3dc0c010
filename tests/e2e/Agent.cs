using System.Diagnostics;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Slipway.E2E;

/// <summary>The agent under test: the published binary, and what the package puts around it.</summary>
internal static class Agent
{
    /// <summary>The repository's folder, found upwards from the test binary.</summary>
    public static string Repository { get; } = Up(AppContext.BaseDirectory);

    /// <summary>The binary: <c>SLIPWAY_BINARY</c>, else the one that <c>packaging/publish.sh</c> left.</summary>
    public static string Binary { get; } = Environment.GetEnvironmentVariable("SLIPWAY_BINARY") is { Length: > 0 } given
        ? given
        : Path.Join(Repository, "out/linux-x64/slipway");

    /// <summary>Binary, unit and catalog, as files of a machine.</summary>
    public static IReadOnlyList<GuestFile> Files => File.Exists(Binary)
        ? GuestFile.ForAgent(Binary, Path.Join(Repository, "packaging"))
        : throw new InvalidOperationException($"{Binary} does not exist: run packaging/publish.sh first, or set SLIPWAY_BINARY");

    private static string Up(string folder) => File.Exists(Path.Join(folder, "Agent.sln")) ? folder : Up(Path.GetDirectoryName(folder)
        ?? throw new UnreachableException("not below the repository"));
}
