using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.Lab;

/// <summary>Lays out a mirror's files: real containerd, runc, CNI plugins and kubectl from Debian's packages in upstream's archives; stand-ins for the rest.</summary>
public static class Repack
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Kubernetes 1.32 with containerd 1.7 (Debian 13).</summary>
    public static Task<Release> StableAsync() => MakeAsync(new DebianSuite("trixie"));

    /// <summary>Kubernetes 1.36 with containerd 2 (Debian testing).</summary>
    public static Task<Release> CurrentAsync() => MakeAsync(new DebianSuite("forky"));

    /// <summary>Makes the set of a suite; from the cache when neither the stand-in nor this layout changed. Delete the cache's <c>mirror</c> folder for newer packages.</summary>
    public static async Task<Release> MakeAsync(DebianSuite suite)
    {
        string program = await StandInProgram.PublishAsync().ConfigureAwait(false);
        string key = suite.Name + "-" + LabCache.Hash(["1"], program);
        string folder = await LabCache.GetAsync("mirror", key, target => FillAsync(suite, program, target)).ConfigureAwait(false);
        await using FileStream stream = File.OpenRead(Path.Combine(folder, "release.json"));
        Versions versions = await JsonSerializer.DeserializeAsync<Versions>(stream, Indented).ConfigureAwait(false) ?? throw new InvalidOperationException($"{folder}/release.json is empty");
        return new Release(Path.Combine(folder, "files"), Path.Combine(folder, "artifacts.lock"), versions);
    }

    private static async Task FillAsync(DebianSuite suite, string program, string target)
    {
        string packages = Path.Combine(target, "packages"), files = Path.Combine(target, "files");
        IReadOnlyDictionary<string, string> debian = await suite.UnpackAsync(packages, "containerd", "runc", "containernetworking-plugins", "kubectl").ConfigureAwait(false);
        string kubernetes = Upstream(debian["kubectl"]);
        Versions versions = new(kubernetes, Upstream(debian["containerd"]), Upstream(debian["runc"]), Upstream(debian["containernetworking-plugins"]), string.Join('.', kubernetes.Split('.')[..2]) + ".0");
        List<Artifact> artifacts = [];
        foreach (ArtifactSource source in ArtifactSource.All(versions))
        {
            string path = files + new Uri(source.Url).AbsolutePath;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await source.MakeAsync(packages, program, path).ConfigureAwait(false);
            await using FileStream stream = File.OpenRead(path);
            string digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream).ConfigureAwait(false));
            await File.WriteAllTextAsync(source.SidecarOf(path), source.Sidecar(digest, Path.GetFileName(path))).ConfigureAwait(false);
            artifacts.Add(new Artifact(source.Name, source.Version, "amd64", source.Url, digest));
        }
        Directory.Delete(packages, recursive: true);
        await File.WriteAllTextAsync(Path.Combine(target, "artifacts.lock"), JsonSerializer.Serialize(new { schemaVersion = 1, artifacts }, Indented) + "\n").ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(target, "release.json"), JsonSerializer.Serialize(versions, Indented) + "\n").ConfigureAwait(false);
    }

    /// <summary>Debian's version without epoch, repack marks and revision: <c>1.7.24~ds1-6+deb13u1</c> is 1.7.24.</summary>
    private static string Upstream(string version) => version.Split(':')[^1].Split('-')[0].Split('+', '~')[0];
}
