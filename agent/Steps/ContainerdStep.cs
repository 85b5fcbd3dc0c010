using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>containerd and runc, from upstream's releases or from packages, configured for the kubelet, running.</summary>
internal sealed class ContainerdStep : IStep<Intent>
{
    /// <summary>The one configuration file.</summary>
    public const string ConfigPath = "/etc/containerd/config.toml";

    /// <summary>The unit: ours, or the package's.</summary>
    public const string UnitPath = "/usr/lib/systemd/system/containerd.service";

    /// <inheritdoc/>
    public string Name => "containerd";

    /// <inheritdoc/>
    public IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => !intent.InstallsRuntime ? ContainerdPackages.Describe(intent, facts)
        : !(intent.Wants("containerd") || intent.Wants("runc")) ? [] :
    [
        .. Programs.Set(intent, "runtime", intent.Release.Containerd,
            [Catalog.Containerd(intent.Release, facts.Architecture), Catalog.Runc(intent.Release.Runc, facts.Architecture)],
            "containerd", "containerd-shim-runc-v2", "ctr", "runc"),
        .. intent.Wants("containerd") ? Daemon(intent) : [],
    ];

    private static Resource[] Daemon(Intent intent) =>
    [
        new FileResource(ConfigPath, Configuration(intent.Release)),
        new FileResource(UnitPath, Unit),
        new UnitResource("containerd.service", Running: !intent.AtImageTime,
            [UnitPath, ConfigPath, Programs.Current("runtime"), .. Programs.Records(intent, intent.Release.ContainerdArtifact, "runc"), .. Trusted(intent)]),
    ];

    /// <summary>The record of the CAs that were put into the system's store: containerd reads that once, when it starts.</summary>
    public static string[] Trusted(Intent intent) => intent.Config.System?.TrustedCAs is { Length: > 0 } ? [CaStoreResource.Record] : [];

    /// <summary>The one configuration file: containerd's defaults, but for the cgroup driver, the pause image and per-registry settings.</summary>
    /// <remarks>Version 3 is containerd 2.x's layout, in which the CRI plugin is two plugins; version 2 is 1.7's.</remarks>
    public static string Configuration(Release release)
    {
        var (version, images, runtime, sandbox) = release.ContainerdTwo
            ? (3, "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "pinned_images")
            : (2, "io.containerd.grpc.v1.cri", "io.containerd.grpc.v1.cri", "");
        var pause = sandbox.Length > 0
            ? $"[plugins.'{images}'.{sandbox}]\n  sandbox = '{release.SandboxImage}'\n"
            : $"[plugins.'{images}']\n  sandbox_image = '{release.SandboxImage}'\n";
        return $"""
            # Written by slipway. Changes made here are reported as drift; put settings into spec.runtime of the NodeConfig.
            version = {version}

            {pause}
            [plugins.'{images}'.registry]
              config_path = '/etc/containerd/certs.d'

            [plugins.'{runtime}'.containerd.runtimes.runc]
              runtime_type = 'io.containerd.runc.v2'

            [plugins.'{runtime}'.containerd.runtimes.runc.options]
              SystemdCgroup = true

            """;
    }

    private const string Unit = """
        # Written by slipway.
        [Unit]
        Description=containerd container runtime
        Documentation=https://containerd.io
        After=network.target local-fs.target dbus.service

        [Service]
        Type=notify
        ExecStart=/usr/bin/containerd
        Delegate=yes
        KillMode=process
        Restart=always
        RestartSec=5
        LimitNPROC=infinity
        LimitCORE=infinity
        TasksMax=infinity
        OOMScoreAdjust=-999

        [Install]
        WantedBy=multi-user.target

        """;
}
