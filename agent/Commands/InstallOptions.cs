using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary>The options of <c>slipway install</c>. Paths are the caller's own.</summary>
internal sealed record InstallOptions
{
    /// <summary>What <c>--only</c> takes: the names in the catalog.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["containerd", "runc", "cni-plugins", "crictl", "kubelet", "kubeadm", "kubectl"];

    /// <summary>The version of Kubernetes; null where something else says it.</summary>
    public string? Kubernetes { get; init; }

    /// <summary>Where containerd comes from.</summary>
    public string? RuntimeSource { get; init; }

    /// <summary>Mirrors, in order.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>A lock file.</summary>
    public string? Lock { get; init; }

    /// <summary>A bundle.</summary>
    public string? Bundle { get; init; }

    /// <summary>Digests of single files, as they were given.</summary>
    public IReadOnlyList<string> Digests { get; init; } = [];

    /// <summary>The only parts to install; none for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Image archives and references.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>A folder that keeps verified downloads.</summary>
    public string? Cache { get; init; }

    /// <summary>The image's architecture; null for this machine's.</summary>
    public string? Architecture { get; init; }

    /// <summary>Whether to tell alone what would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>Refuses what no configuration has a form for.</summary>
    /// <exception cref="FailureException"><c>usage.option-invalid</c>.</exception>
    public void Check()
    {
        if (Only.FirstOrDefault(name => !Parts.Contains(name)) is { } unknown)
        {
            throw Invalid($"--only {unknown}: there is no such part", $"Use one of: {string.Join(", ", Parts)}.");
        }
        if (Architecture is not (null or "amd64" or "arm64"))
        {
            throw Invalid($"--arch {Architecture}: there are binaries for amd64 and arm64");
        }
    }

    /// <summary>What the options say, as a document that wins over all others.</summary>
    public MappingNode Document()
    {
        var document = With(With(new MappingNode(Position.Option("slipway install"), []), "slipway install", "apiVersion", NodeConfigSchema.ApiVersion),
            "slipway install", "kind", NodeConfigSchema.Kind);
        // Whoever joins the node does it at its boot.
        document = With(document, "slipway install", "spec.join.mode", "prepare");
        document = Kubernetes is null ? document : With(document, "--kubernetes", "spec.kubernetes.version", Kubernetes);
        document = RuntimeSource is null ? document : With(document, "--runtime-source", "spec.runtime.source", RuntimeSource);
        return Mirrors.Count == 0 ? document
            : document.Put("spec.artifacts.mirrors", new SequenceNode(Position.Option("--mirror"), [.. Mirrors.Select(mirror => Text("--mirror", mirror))]));
    }

    /// <summary>The failure for a wrong option.</summary>
    public static FailureException Invalid(string what, string fix = "") => new(new Failure("usage.option-invalid", what, fix));

    private static MappingNode With(MappingNode document, string option, string path, string value) => document.Put(path, Text(option, value));

    private static ScalarNode Text(string option, string value) => new(Position.Option(option), value, ScalarKind.Text);
}
