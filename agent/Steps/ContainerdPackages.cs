using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Resources;

namespace Slipway.Steps;

/// <summary>containerd from packages, of the distribution or of Docker's repository: which, on which platform, configured like any other.</summary>
internal static class ContainerdPackages
{
    private const string Docker = "https://download.docker.com/linux";

    // As the repositories publish them; compare https://docs.docker.com/engine/install/debian/ and …/rhel/.
    private const string DebianKey = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88";
    private const string RpmKey = "060A61C51B558A7F742B77AAC52FEB6B621E9F35";

    private const string AptKeyPath = "/etc/apt/keyrings/slipway-docker.asc";
    private const string AptSourcePath = "/etc/apt/sources.list.d/slipway-docker.sources";
    private const string RpmKeyPath = "/etc/pki/rpm-gpg/SLIPWAY-docker";
    private const string RpmSourcePath = "/etc/yum.repos.d/slipway-docker.repo";

    /// <summary>What is wanted of a node whose containerd comes from packages; nothing where it is left to others.</summary>
    public static IReadOnlyList<Resource> Describe(Intent intent, Facts facts) => intent.RuntimeSource switch
    {
        _ when !intent.Wants("containerd") => [],
        RuntimeSource.Distro => Distribution(intent, facts),
        RuntimeSource.Docker => Dockers(intent, facts),
        _ => [],
    };

    private static IReadOnlyList<Resource> Distribution(Intent intent, Facts facts) =>
        facts.OsId is "debian" or "ubuntu" or "amzn" or "photon" || IsLike(facts, "debian")
            // runc by name: what is installed by itself would stay when containerd is removed.
            ? [new PackageResource("runc") { Deadline = intent.Supply.Deadline }, .. Containerd(intent, "containerd", null)]
            : [Refused(IsRhel(facts)
                ? $"{facts.OsId} {facts.OsVersion} has no containerd package of its own"
                : $"it is not known which package of {facts.OsId} {facts.OsVersion} has containerd",
                "Set spec.runtime.source to release" + (IsRhel(facts) ? " or docker." : "."))];

    private static IReadOnlyList<Resource> Dockers(Intent intent, Facts facts)
    {
        if (facts.OsId is not ("debian" or "ubuntu") && !IsRhel(facts))
        {
            return [Refused($"Docker publishes no packages for {facts.OsId} {facts.OsVersion}",
                facts.OsId is "amzn" or "photon" ? "Set spec.runtime.source to distro or release." : "Set spec.runtime.source to release.")];
        }
        var folder = $"{Docker}/{(IsRhel(facts) ? facts.OsId == "rhel" ? "rhel" : "centos" : facts.OsId)}";
        var origin = intent.Supply.Origins.FirstOrDefault(one => one is Origin.Web) ?? new Origin.Upstream();
        if (origin is Origin.Web { Credentials: not null } || origin.Locate(new Uri(folder)) is not { UserInfo: "" } repository)
        {
            return [Refused("the first mirror of spec.artifacts.mirrors wants credentials, which would stand in a package source that everybody may read",
                "Name a mirror without credentials first, or set spec.runtime.source to release.")];
        }
        if (IsRhel(facts))
        {
            return
            [
                Key(RpmKeyPath, RpmKey),
                new FileResource(RpmSourcePath, YumSource($"{repository}/{facts.OsVersion.Split('.')[0]}/{(facts.Architecture == "arm64" ? "aarch64" : "x86_64")}/stable")),
                .. Containerd(intent, "containerd.io", RpmSourcePath),
            ];
        }
        return facts.OsCodename.Length == 0
            ? [Refused($"os-release of this {facts.OsId} has no VERSION_CODENAME, and Docker's repository is sorted by it", "Set spec.runtime.source to release.")]
            :
            [
                Key(AptKeyPath, DebianKey),
                new FileResource(AptSourcePath, AptSource(repository, facts)),
                .. Containerd(intent, "containerd.io", AptSourcePath),
            ];

        PinnedKeyResource Key(string path, string fingerprint) => new(path, new Uri($"{repository}/gpg"), fingerprint, intent.Supply.Deadline);
    }

    private static Resource[] Containerd(Intent intent, string package, string? source) =>
    [
        new PackageResource(package)
        {
            Version = intent.Config.Runtime?.Version,
            AtLeast = ContainerdVersions.Oldest,
            SourceFile = source,
            Deadline = intent.Supply.Deadline,
        },
        // 1.7's layout, which 2.x reads too: which of the two a package brings is not known before it is there, and may change under us when the
        // operator upgrades it. It replaces the package's own file, in which Docker's has the CRI plugin switched off.
        new FileResource(ContainerdStep.ConfigPath, ContainerdStep.Configuration(intent.Release with { Containerd = ContainerdVersions.Oldest.ToString() })),
        // The package's sums change with each of its versions; the program itself is too large to read at every boot.
        new UnitResource("containerd.service", Running: !intent.AtImageTime, 
            [ContainerdStep.UnitPath, ContainerdStep.ConfigPath, $"/var/lib/dpkg/info/{package}.md5sums", .. ContainerdStep.Trusted(intent)]),
    ];

    private static string AptSource(Uri repository, Facts facts) => $"""
        # Written by slipway.
        Types: deb
        URIs: {repository}
        Suites: {facts.OsCodename}
        Components: stable
        Architectures: {facts.Architecture}
        Signed-By: {AptKeyPath}

        """;

    private static string YumSource(string address) => $"""
        # Written by slipway.
        [slipway-docker]
        name=Docker's packages, for containerd
        baseurl={address}
        enabled=1
        gpgcheck=1
        gpgkey=file://{RpmKeyPath}

        """;

    private static bool IsRhel(Facts facts) => facts.OsId is "rhel" or "centos" or "rocky" or "almalinux" or "ol" || (facts.OsId != "amzn" && IsLike(facts, "rhel"));

    private static bool IsLike(Facts facts, string id) => facts.OsLike.Split(' ').Contains(id, StringComparer.Ordinal);

    private static RefusedResource Refused(string why, string fix) => new(new Failure("package.source-unsupported", $"spec.runtime.source: {why}", fix));
}
