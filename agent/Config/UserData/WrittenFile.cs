using System.Globalization;

namespace Slipway.Config;

/// <summary>A file of a cloud-config's <c>write_files</c>, written by one entry or several.</summary>
/// <param name="path">Its path; empty where the entry has none.</param>
internal sealed class WrittenFile(string path)
{
    private static readonly string[] PatchTargets = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubeletconfiguration", "corednsdeployment"];
    private const int DefaultMode = 0b110_100_100;

    /// <summary>Its path; empty where the entry has none.</summary>
    public string Path { get; } = path;

    /// <summary>What the entries write, in order.</summary>
    public List<WrittenPiece> Pieces { get; } = [];

    /// <summary>Its permissions, those of the last entry; 0644 where it gives none.</summary>
    public int Mode { get; private set; }

    /// <summary>Whether it is one of kubeadm's patches, which look like documents and are parts of them: <c>…/patches/TARGET[SUFFIX][+TYPE].yaml</c>.</summary>
    /// <remarks>https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches</remarks>
    public bool IsPatch => (Name.Contains('+', StringComparison.Ordinal) || Path.Contains("/patches/", StringComparison.Ordinal))
        && Array.Exists(PatchTargets, target => Name.StartsWith(target, StringComparison.Ordinal));

    private string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>
    /// Takes an entry's permissions as cloud-init reads them: text is octal, a number without a leading zero is what it is, and what
    /// makes no sense is 0644.
    /// </summary>
    public void SetMode(ScalarNode? permissions)
    {
        Mode = DefaultMode;
        string raw = permissions?.Raw.Trim() ?? "";
        if (permissions is { Kind: ScalarKind.Whole, Quoted: false } && !raw.StartsWith('0'))
        {
            Mode = int.TryParse(raw, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : DefaultMode;
            return;
        }

        int mode = 0;
        foreach (char c in raw.StartsWith("0o", StringComparison.OrdinalIgnoreCase) ? raw.AsSpan(2) : raw.AsSpan())
        {
            if (c is < '0' or > '7' || mode > 0x1000)
            {
                return;
            }

            mode = (mode * 8) + (c - '0');
        }

        Mode = raw.Length == 0 ? DefaultMode : mode;
    }
}

/// <summary>What one entry writes to a file.</summary>
/// <param name="Content">The entry's <c>content</c>; null where it has none.</param>
/// <param name="FirstLine">The entry's first line in the cloud-config.</param>
/// <param name="LastLine">Its last line there.</param>
/// <param name="Name">What messages call it: <c>write_files[1] /etc/x</c>.</param>
internal sealed record WrittenPiece(ScalarNode? Content, int FirstLine, int LastLine, string Name)
{
    /// <summary>The content, decoded; empty where it is no text.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether it is to be fetched from an address.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>Where its lines lie if it was encoded; null where it stands there as it is.</summary>
    public TextOrigin? Place { get; init; }

    /// <summary>Why it cannot be decoded; null where it can.</summary>
    public Problem? Unreadable { get; init; }

    /// <summary>Oddities of its encoding.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>The name and the size: the text may be secret.</summary>
    public override string ToString() => $"{Name}, {Text.Length} characters";
}
