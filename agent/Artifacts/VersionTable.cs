using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>Which versions go with which Kubernetes: the one place for it.</summary>
internal static class VersionTable
{
    /// <summary>The oldest minor version whose kubeadm takes the v1beta4 documents that we write.</summary>
    public const int OldestMinor = 31;

    // Sources: containerd's RELEASES.md, kubeadm's constants.go (pause), the newest patches whose digests are built in.
    private static readonly (int Minor, string Containerd, string Runc, string CniPlugins, string Crictl, string Pause)[] Rows =
    [
        (31, "1.7.34", "1.2.9", "1.6.2", "1.33.0", "3.10"),
        (32, "2.1.9", "1.3.6", "1.6.2", "1.33.0", "3.10"),
        (33, "2.1.9", "1.3.6", "1.7.1", "1.33.0", "3.10"),
        (34, "2.2.7", "1.3.6", "1.8.0", "1.34.0", "3.10.1"),
        (35, "2.2.7", "1.4.3", "1.9.1", "1.35.0", "3.10.1"),
        (36, "2.3.4", "1.4.3", "1.9.1", "1.36.0", "3.10.2"),
    ];

    /// <summary>The newest minor version we know.</summary>
    public static int NewestMinor => Rows[^1].Minor;

    /// <summary>The minor versions we know, for messages.</summary>
    public static string Range => $"1.{OldestMinor} to 1.{NewestMinor}";

    /// <summary>The versions that go with a Kubernetes version.</summary>
    /// <param name="kubernetes">An exact version such as <c>1.36.2</c>.</param>
    /// <param name="containerd">The containerd that the configuration asks for; empty for the table's.</param>
    /// <param name="sandboxImage">The pause image that the configuration asks for; empty for the table's.</param>
    /// <param name="locked">The version of an artifact that a lock file names, if any: the lock's versions go before the table's.</param>
    /// <exception cref="FailureException"><c>config.version-unsupported</c>.</exception>
    public static Release For(string kubernetes, string containerd, string sandboxImage, Func<string, string?> locked)
    {
        var minor = Release.MinorOf(kubernetes);
        // Of a newer one nothing is known yet but what went with the last; what is downloaded for it still needs a digest, from a lock file.
        var row = minor > NewestMinor ? Rows[^1] : Array.Find(Rows, candidate => candidate.Minor == minor);
        if (row.Minor == 0)
        {
            throw new FailureException(new Failure("config.version-unsupported",
                $"Kubernetes {kubernetes}: this slipway installs none before 1.{OldestMinor}"));
        }
        return new Release(
            kubernetes,
            containerd.Length > 0 ? containerd : locked("containerd") ?? row.Containerd,
            locked("runc") ?? row.Runc,
            locked("cni-plugins") ?? row.CniPlugins,
            locked("crictl") ?? row.Crictl,
            sandboxImage.Length > 0 ? sandboxImage : $"registry.k8s.io/pause:{row.Pause}");
    }
}
