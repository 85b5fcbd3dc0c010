using System.CommandLine;
using System.Text;
using Slipway.Artifacts;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway lock</c>: the exact URLs and digests that an install will use, for review. Needs no node and no root.</summary>
internal static class LockCommand
{
    private static readonly Option<string[]> Kubernetes = new("--kubernetes")
    {
        Description = "A version such as 1.36.2, or 1.36 for its newest known patch. Repeatable.", HelpName = "VERSION", Required = true,
    };

    private static readonly Option<string[]> Arch = new("--arch") { Description = "amd64 or arm64; default: this machine's. Repeatable.", HelpName = "ARCH" };
    private static readonly Option<string> Containerd = Other("containerd");
    private static readonly Option<string> Runc = Other("runc");
    private static readonly Option<string> CniPlugins = Other("cni-plugins");
    private static readonly Option<string> Crictl = Other("crictl");

    private static readonly Option<bool> Static = new("--static-containerd")
    {
        Description = "containerd's build for nodes whose C library is older than glibc 2.34 (RHEL 8), in place of the usual one.",
    };

    private static readonly Option<string[]> SsmRegion = new("--ssm-region")
    {
        Description = "Also the SSM agent's installer of an AWS region, for EKS hybrid nodes; needs --download. Repeatable.", HelpName = "REGION",
    };

    private static readonly Option<string[]> Mirrors = new("--mirror")
    {
        Description = "Where to download from in place of upstream; the lock has upstream's URLs all the same. Repeatable.", HelpName = "URL",
    };

    private static readonly Option<string> Out = new("--out") { Description = "The file to write; - is standard output.", HelpName = "FILE", DefaultValueFactory = _ => "-" };
    private static readonly Option<bool> FromSidecars = new("--from-sidecars") { Description = "Take digests that are not built in from upstream's checksum files." };

    private static readonly Option<bool> Download = new("--download")
    {
        Description = "Download what nobody vouches for, and take its digest as it is now (trust on first use).",
    };

    private static readonly Option<bool> VerifySignatures = new("--verify-signatures")
    {
        Description = "Download Kubernetes' binaries and check their signatures (.sig and .cert beside them). Needs --signature-roots. "
            + "The other artifacts have none that could be checked. The transparency log is not asked.",
    };

    private static readonly Option<string> Roots = new("--signature-roots")
    {
        Description = "Fulcio's root and intermediate certificates, PEM: fulcio_v1.crt.pem and fulcio_intermediate_v1.crt.pem of Sigstore's TUF repository, "
            + "in one file (cosign initialize fetches and verifies them).",
        HelpName = "FILE",
    };

    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb() => CommandLine.Verb("lock", "Write the exact URLs and digests that an install will use.", RunAsync, service: false,
        Kubernetes, Arch, Containerd, Runc, CniPlugins, Crictl, Static, SsmRegion, Mirrors, Out, FromSidecars, Download, VerifySignatures, Roots);

    // The newest patches that need nobody's word but the table's, of the minor versions asked for.
    private static string Newest(ParseResult parsed, Session session, Digests digests)
    {
        var known = (parsed.GetValue(Kubernetes) ?? []).Select(asked => digests.NewestPatch($"1.{Release.MinorOf(asked)}", session.Facts.Architecture)).OfType<string>().Distinct().ToList();
        return known.Count == 0 ? $" (Kubernetes 1.34 to 1.{VersionTable.NewestMinor})" : $" (its newest: {string.Join(", ", known)})";
    }

    private static Option<string> Other(string name) => new($"--{name}") { Description = $"Another {name} than goes with the Kubernetes.", HelpName = "VERSION" };

    private static async Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken ct)
    {
        // What the caller names lies on this machine, whatever --root says.
        var here = new FileTree("/");
        var verifies = parsed.GetValue(VerifySignatures);
        var roots = (verifies, parsed.GetValue(Roots)) switch
        {
            (false, null) => null,
            (true, { } file) => Signature.ReadRoots(here.ReadBytes(Path.GetFullPath(file), 1 << 20), file),
            (true, null) => throw Wrong("--verify-signatures needs --signature-roots FILE: Fulcio's root and intermediate certificates, which come from Sigstore's TUF repository (cosign initialize)"),
            _ => throw Wrong("--signature-roots is given without --verify-signatures"),
        };
        var supply = new Supply
        {
            Digests = new Digests(null),
            Origins = Origin.Of([.. (parsed.GetValue(Mirrors) ?? []).Select(text => new Mirror(
                Url.TryParse(text, "https", "http") ?? throw Wrong($"--mirror {Url.Redact(text)}: expected an https or http address"), null))]),
            TrustsSidecars = parsed.GetValue(FromSidecars),
        };
        var draft = new LockDraft(session.Host, supply, parsed.GetValue(Download), roots);
        var artifacts = Artifacts(parsed, session, supply.Digests);
        var unknown = artifacts.Where(artifact => !draft.CanResolve(artifact)).Select(artifact => $"{artifact} {artifact.Architecture}").ToList();
        if (unknown.Count > 0)
        {
            throw new FailureException(new Failure("artifact.digest-unknown", $"nobody vouches for {string.Join(", ", unknown)}",
                $"Use a version of the built-in table{Newest(parsed, session, supply.Digests)}, or --from-sidecars to trust upstream's checksum files, or --download to take what is there now."));
        }
        var entries = new List<LockEntry>();
        foreach (var artifact in artifacts)
        {
            entries.Add(await draft.ResolveAsync(artifact, ct));
        }
        Write(parsed.GetValue(Out)!, session, here, entries);
        return ExitCode.Done;
    }

    private static List<Artifact> Artifacts(ParseResult parsed, Session session, Digests digests)
    {
        var artifacts = new List<Artifact>();
        foreach (var architecture in parsed.GetValue(Arch) is { Length: > 0 } named ? named : [session.Facts.Architecture])
        {
            if (architecture is not ("amd64" or "arm64"))
            {
                throw Wrong($"--arch {architecture}: expected amd64 or arm64");
            }
            foreach (var text in parsed.GetValue(Kubernetes)!)
            {
                artifacts.AddRange(Catalog.All(ReleaseOf(text, architecture, parsed, session, digests), architecture));
            }
            foreach (var region in parsed.GetValue(SsmRegion) ?? [])
            {
                if (region.Length < 5 || region.Split('-').Length < 3 || region.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
                {
                    throw Wrong($"--ssm-region {region}: expected a region such as eu-central-1");
                }
                artifacts.AddRange([Catalog.SsmSetupCli(region, isDebian: true, architecture), Catalog.SsmSetupCli(region, isDebian: false, architecture)]);
            }
        }
        return [.. artifacts.DistinctBy(artifact => artifact.Url)];
    }

    private static Release ReleaseOf(string text, string architecture, ParseResult parsed, Session session, Digests digests)
    {
        var wanted = KubernetesVersion.TryParse(text) is { Major: 1 } version ? version : throw Wrong($"--kubernetes {text}: expected a version such as 1.36.2 or 1.36");
        var kubernetes = wanted.Patch is not null ? wanted.ToString() : digests.NewestPatch(wanted.ToString(), architecture)
            ?? throw new FailureException(new Failure("config.version-unsupported", $"Kubernetes {wanted}: no patch of it has a built-in digest", "Name the patch, such as 1.33.4, with --from-sidecars or --download."));
        var release = VersionTable.For(kubernetes, Given(Containerd) ?? "", "", name => name switch
        {
            "runc" => Given(Runc),
            "cni-plugins" => Given(CniPlugins),
            "crictl" => Given(Crictl),
            _ => null,
        }) with { ContainerdStatic = parsed.GetValue(Static) };
        if (VersionTable.WhyNot(release.Containerd, kubernetes) is { } why)
        {
            throw new FailureException(new Failure("runtime.version", why, $"Leave --containerd out: {VersionTable.Row(release.Minor)!.Containerd} goes with Kubernetes {kubernetes}."));
        }
        if (VersionTable.Doubt(release.Containerd, kubernetes) is { } doubt)
        {
            session.Log.Attention(doubt);
        }
        if (release.Minor > VersionTable.NewestMinor)
        {
            session.Log.Attention($"this slipway knows Kubernetes {VersionTable.Range}; for {kubernetes} it takes what goes with 1.{VersionTable.NewestMinor}");
        }
        return release;

        string? Given(Option<string> option) => parsed.GetValue(option) is { } given
            ? VersionNumber.Of(given) is not null && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+') ? given
                : throw Wrong($"{option.Name} {given}: expected a version such as 1.2.3, without a leading v")
            : null;
    }

    private static void Write(string file, Session session, FileTree here, List<LockEntry> entries)
    {
        var text = LockFile.Write(entries.Select(entry => entry.Locked));
        var toFile = file != "-";
        if (toFile)
        {
            here.Write(Path.GetFullPath(file), text, Modes.Mode644);
        }
        else
        {
            session.Out.Write(Encoding.UTF8.GetString(text));
        }
        // Who vouches is for whoever reviews it; standard output may be the lock itself.
        var report = toFile ? session.Out : Console.Error;
        if (session.Options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(report, json =>
            {
                json.WriteString("file", toFile ? file : null);
                json.WriteStartArray("artifacts");
                foreach (var entry in entries)
                {
                    json.WriteStartObject();
                    json.WriteString("name", entry.Artifact.Name);
                    json.WriteString("version", entry.Artifact.Version);
                    json.WriteString("arch", entry.Artifact.Architecture);
                    json.WriteString("url", entry.Artifact.Url.AbsoluteUri);
                    json.WriteString("sha256", entry.Sha256);
                    json.WriteString("vouchedForBy", entry.By);
                    json.WriteString("signature", entry.Signature);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return;
        }
        foreach (var entry in entries)
        {
            report.WriteLine($"{entry.Artifact} {entry.Artifact.Architecture}: sha256 {entry.Sha256}, vouched for by {entry.By}{(entry.Signature is null ? "" : $"; {entry.Signature}")}");
        }
        report.WriteLine(toFile ? $"{file}: {entries.Count} files" : $"{entries.Count} files");
    }

    private static FailureException Wrong(string what) => new(new Failure("usage.lock-options", what));
}
