using Slipway.E2E;
using Slipway.Tests.Support;

[assembly: AssemblyFixture(typeof(SiteBundle))]

namespace Slipway.E2E;

/// <summary>The lab's release and two small images as a bundle, made by the agent on this machine when a test first asks for it.</summary>
public sealed class SiteBundle : IDisposable
{
    /// <summary>The image that is in it as an archive: the sandbox image of the release.</summary>
    public const string Archived = "registry.k8s.io/pause:3.10.2";

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-bundle-").FullName;
    private Task<string>? made;

    /// <summary>The image that is in it by its reference, pulled from a registry that is gone.</summary>
    public string Pulled { get; private set; } = "";

    /// <summary>Its path.</summary>
    public Task<string> MakeAsync(World world) => made ??= CreateAsync(world);

    /// <summary>Runs the agent on this machine.</summary>
    public static Task<string> RunAgentAsync(params IEnumerable<string> arguments) => Tool.RunAsync(Agent.Binary, arguments);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<string> CreateAsync(World world)
    {
        await using var origin = await SiteRegistry.StartAsync();
        Pulled = $"{origin.Authority}/tools/hello:1";
        await TinyImage.PushAsync(TinyImage.Layout("1", "pulled"), Pulled, SiteRegistry.Credentials);
        var (path, archive) = (Path.Join(folder, "k8s.bundle"), Path.Join(folder, "pause.tar"));
        await File.WriteAllBytesAsync(archive, TinyImage.Layout(Archived, "archived"));
        await RunAgentAsync("bundle", "create", "--kubernetes", world.KubernetesVersion, "--lock", world.Release!.LockPath, "--mirror", world.Mirror!.Url("127.0.0.1").ToString(),
            "--images", archive, "--images", Pulled, "--out", path);
        return path;
    }
}
