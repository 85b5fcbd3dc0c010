using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>The registries of <c>spec.images.registries</c> as containerd's <c>certs.d</c>: mirrors, CAs, credentials.</summary>
internal sealed class RegistriesStep : IStep<Intent>
{
    /// <inheritdoc/>
    public string Name => "registries";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts)
    {
        var registries = intent.Config.Images?.Registries ?? new Dictionary<string, RegistrySection>();
        if (registries.Count == 0 && (intent.Config.Runtime?.Source ?? RuntimeSource.Release) == RuntimeSource.None)
        {
            // A containerd that is none of our business keeps its folders.
            return [];
        }
        // Also where there is nothing to put there: containerd's configuration names the folder.
        var wanted = new List<Resource> { new DirectoryResource(HostsFile.Folder) };
        foreach (var (name, registry) in registries)
        {
            wanted.Add(new DirectoryResource($"{HostsFile.Folder}/{name}"));
            if (registry.Ca is { Length: > 0 } ca)
            {
                wanted.Add(new FileResource(HostsFile.CaOf(name), string.Concat(PemBundle.Split(ca))));
            }
            wanted.Add(new RegistryResource(name, registry));
        }
        return wanted;
    }
}
