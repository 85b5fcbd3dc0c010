namespace Slipway.Lab;

/// <summary>Where nodes get their artifacts and which cluster they join: the lab's own mirror and control plane, or real ones that the environment names.</summary>
/// <remarks>
/// Real: <c>SLIPWAY_E2E_MIRROR</c> (URL as the node sees it), <c>SLIPWAY_E2E_KUBERNETES</c> (version), <c>SLIPWAY_E2E_ENDPOINT</c>, <c>SLIPWAY_E2E_TOKEN</c>,
/// <c>SLIPWAY_E2E_CA_HASH</c>, <c>SLIPWAY_E2E_LOCK</c> (path of a lock file), all of them. Then <see cref="Mirror"/> and <see cref="ControlPlane"/> are null:
/// faults cannot be made, and what the cluster saw is asked in the node, with the kubelet's own credentials.
/// </remarks>
public sealed class World : IAsyncDisposable
{
    private static readonly string[] Variables = ["MIRROR", "KUBERNETES", "ENDPOINT", "TOKEN", "CA_HASH", "LOCK"];

    private World()
    {
    }

    /// <summary>Whether the environment names a real mirror and a real cluster.</summary>
    public static bool IsReal => Variables.All(v => Variable(v).Length > 0);

    /// <summary>The lab's mirror; null when it is a real one.</summary>
    public Mirror? Mirror { get; private init; }

    /// <summary>The lab's cluster; null when it is a real one.</summary>
    public ControlPlane? ControlPlane { get; private init; }

    /// <summary>What the lab's mirror serves; null when it is a real one.</summary>
    public Release? Release { get; private init; }

    /// <summary>Version to install, without v.</summary>
    public required string KubernetesVersion { get; init; }

    /// <summary>URL for <c>artifacts.mirrors</c>, as the node sees it.</summary>
    public required string MirrorUrl { get; init; }

    /// <summary>Host and port of the API server, as the node sees it.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Bootstrap token; changes when a test renews it.</summary>
    public string Token => ControlPlane?.Token.ToString() ?? Variable("TOKEN");

    /// <summary>Pin of the cluster's CA.</summary>
    public required string CaHash { get; init; }

    /// <summary>Content of the lock file.</summary>
    public required string Lock { get; init; }

    /// <summary>Ports of its servers on 127.0.0.1, for <see cref="ContainerOptions.Ports"/>.</summary>
    public IReadOnlyList<int> Ports => [.. new[] { Mirror?.Port, ControlPlane?.Port }.OfType<int>()];

    /// <summary>Gives the world that the environment names, else starts one.</summary>
    /// <param name="host">This machine as nodes see it: 10.0.2.2 from a <see cref="Vm"/>, <see cref="ContainerNetwork.HostAddress"/> from a <see cref="Container"/>.</param>
    /// <param name="release">What to serve; Kubernetes 1.36 with containerd 2 by default.</param>
    /// <param name="options">How to set up the control plane; host and version are filled in.</param>
    public static async Task<World> StartAsync(string host = "10.0.2.2", Release? release = null, ControlPlaneOptions? options = null)
    {
        if (IsReal)
        {
            return new World
            {
                KubernetesVersion = Variable("KUBERNETES").TrimStart('v'), MirrorUrl = Variable("MIRROR"), Endpoint = Variable("ENDPOINT"), CaHash = Variable("CA_HASH"),
                Lock = await File.ReadAllTextAsync(Variable("LOCK")).ConfigureAwait(false),
            };
        }
        release ??= await Repack.CurrentAsync().ConfigureAwait(false);
        Mirror mirror = new(release.Folder);
        ControlPlane cluster = new((options ?? new ControlPlaneOptions()) with { NodeFacingHost = host, KubernetesVersion = release.Versions.Kubernetes });
        await mirror.StartAsync().ConfigureAwait(false);
        await cluster.StartAsync().ConfigureAwait(false);
        return new World
        {
            Mirror = mirror, ControlPlane = cluster, Release = release, KubernetesVersion = release.Versions.Kubernetes,
            MirrorUrl = mirror.Url(host).ToString(), Endpoint = cluster.Endpoint, CaHash = cluster.CaHash, Lock = release.Lock,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Mirror is not null)
        {
            await Mirror.DisposeAsync().ConfigureAwait(false);
        }
        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable("SLIPWAY_E2E_" + name) ?? "";
}
