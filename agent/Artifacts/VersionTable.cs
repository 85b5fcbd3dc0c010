using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>Which versions go with which Kubernetes: the one place for it, for what is installed and for what is checked.</summary>
internal static class VersionTable
{
    /// <summary>The oldest minor version whose kubeadm takes the v1beta4 documents that we write.</summary>
    public const int OldestMinor = 31;

    /// <summary>The first minor version whose kubelet asks the runtime for its cgroup driver and has no setting to fall back on
    /// (kubernetes/kubernetes#139267, #139268): containerd 1.x does not answer.</summary>
    private const int FirstWithoutContainerdOne = 38;

    /// <summary>What a dynamic containerd of 2.0.5 or newer is linked against (containerd#11685).</summary>
    public static readonly Version LeastGlibc = new(2, 34);

    private static readonly Version LeastContainerd = new(1, 7, 24);
    private static readonly Version FirstForNewGlibc = new(2, 0, 5);
    private static readonly Version FirstWithCri = new(1, 6);

    // Sources: containerd's RELEASES.md, kubeadm's constants.go (pause), the newest patches whose digests are built in.
    private static readonly VersionRow[] Rows =
    [
        new(31, "1.7.34", ["1.7.0", "2.0.0"], "1.2.9", "1.6.2", "1.33.0", "3.10"),
        new(32, "2.1.9", ["1.7.24", "2.0.1", "2.1.0"], "1.3.6", "1.6.2", "1.33.0", "3.10"),
        new(33, "2.1.9", ["1.7.24", "2.0.4", "2.1.0"], "1.3.6", "1.7.1", "1.33.0", "3.10"),
        new(34, "2.2.7", ["1.7.28", "2.0.6", "2.1.3"], "1.3.6", "1.8.0", "1.34.0", "3.10.1"),
        new(35, "2.2.7", ["1.7.28", "2.1.5", "2.2.0"], "1.4.3", "1.9.1", "1.35.0", "3.10.1"),
        new(36, "2.3.4", ["2.2.0", "2.3.0"], "1.4.3", "1.9.1", "1.36.0", "3.10.2"),
    ];

    /// <summary>The newest minor version we know.</summary>
    public static int NewestMinor => Rows[^1].Minor;

    /// <summary>The minor versions we know, for messages.</summary>
    public static string Range => $"1.{OldestMinor} to 1.{NewestMinor}";

    /// <summary>What goes with a minor version: of a newer one than we know, what went with the last; null for one that is too old.</summary>
    public static VersionRow? Row(int minor) => minor > NewestMinor ? Rows[^1] : Array.Find(Rows, row => row.Minor == minor);

    /// <summary>The versions that go with a Kubernetes version.</summary>
    /// <param name="kubernetes">An exact version such as <c>1.36.2</c>.</param>
    /// <param name="containerd">The containerd that the configuration asks for; empty for the table's.</param>
    /// <param name="sandboxImage">The pause image that the configuration asks for; empty for the table's.</param>
    /// <param name="locked">The version of an artifact that a lock file names, if any: the lock's versions go before the table's.</param>
    /// <param name="glibc">The node's C library; null where it is not known, which takes containerd's usual, dynamic build.</param>
    /// <exception cref="FailureException"><c>config.version-unsupported</c>.</exception>
    public static Release For(string kubernetes, string containerd, string sandboxImage, Func<string, string?> locked, Version? glibc = null)
    {
        // Of a newer one nothing is known yet; what is downloaded for it still needs a digest, from a lock file.
        var row = Row(Release.MinorOf(kubernetes)) ?? throw new FailureException(new Failure("config.version-unsupported",
            $"Kubernetes {kubernetes}: this slipway installs none before 1.{OldestMinor}"));
        var (dynamic, isStatic) = (locked("containerd"), locked("containerd-static"));
        var version = containerd.Length > 0 ? containerd : dynamic ?? isStatic ?? row.Containerd;
        return new Release(
            kubernetes,
            version,
            locked("runc") ?? row.Runc,
            locked("cni-plugins") ?? row.CniPlugins,
            locked("crictl") ?? row.Crictl,
            sandboxImage.Length > 0 ? sandboxImage : $"registry.k8s.io/pause:{row.Pause}")
        {
            // A lock with nothing but the static build says so for every node, whatever its C library.
            ContainerdStatic = (dynamic is null && isStatic == version) || (glibc is not null && glibc < LeastGlibc && NeedsNewGlibc(version)),
        };
    }

    /// <summary>Whether containerd's dynamic build of this version runs only on glibc 2.34 and newer.</summary>
    public static bool NeedsNewGlibc(string containerd) => VersionNumber.Of(containerd) >= FirstForNewGlibc;

    /// <summary>The newest version of its configuration file that a containerd reads (containerd's RELEASES.md, "Daemon Configuration"); older ones it converts.</summary>
    public static int NewestConfig(string containerd) => VersionNumber.Of(containerd) switch
    {
        { Major: >= 3 } or { Major: 2, Minor: >= 3 } => 4,
        { Major: 2 } => 3,
        _ => 2,
    };

    /// <summary>Why a containerd cannot work with a Kubernetes; null where it can.</summary>
    public static string? WhyNot(string containerd, string kubernetes) => VersionNumber.Of(containerd) switch
    {
        null => $"\"{containerd}\" is no version of containerd",
        { } version when version < FirstWithCri => $"containerd {containerd} has no CRI v1, which every kubelet since 1.26 needs; the first is 1.6",
        { } version when version < LeastContainerd => $"containerd {containerd} is older than {LeastContainerd}, the first that slipway sets up",
        { Major: 1 } when Release.MinorOf(kubernetes) >= FirstWithoutContainerdOne =>
            $"the kubelet {kubernetes} asks the runtime for its cgroup driver, which containerd {containerd} does not tell; the first that does is 2.0",
        _ => null,
    };

    /// <summary>Why a containerd is not what its authors recommend for a Kubernetes; null where it is. It works all the same.</summary>
    public static string? Doubt(string containerd, string kubernetes) =>
        Row(Release.MinorOf(kubernetes)) is { } row && VersionNumber.Of(containerd) is { } version && !row.Recommends(version)
            ? $"containerd {containerd} is not among those that containerd recommends for Kubernetes 1.{row.Minor}: {string.Join(", ", row.Recommended)}, and newer patches of each"
            : null;
}
