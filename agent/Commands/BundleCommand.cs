using System.CommandLine;
using Slipway.Artifacts;
using Slipway.Artifacts.Oci;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Images;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway bundle create|verify|push</c>: one file with all that an air-gapped site needs. Needs no node and no root.</summary>
internal static class BundleCommand
{
    // For all that a bundle is made of, and for a push: there is no configuration that says it.
    private static readonly TimeSpan Deadline = TimeSpan.FromHours(1);

    // What people name lies on this machine, whatever --root says.
    private static readonly FileTree Here = new("/");

    /// <summary>The verb with its own verbs.</summary>
    public static System.CommandLine.Command Verb()
    {
        var bundle = new System.CommandLine.Command("bundle", "One file with all that an air-gapped site needs.");
        bundle.Subcommands.Add(Create());
        var verified = new Argument<string>("FILE") { Description = "The bundle." };
        bundle.Subcommands.Add(CommandLine.Verb("verify", "Check every byte of a bundle, and list what is in it. Exit 1 when anything is not as it was made.",
            (parsed, session, ct) => VerifyAsync(session, parsed.GetValue(verified)!, ct), service: false, verified));
        var file = new Argument<string>("FILE") { Description = "The bundle." };
        var repository = new Argument<string>("REPOSITORY") { Description = "oci://HOST[:PORT]/REPOSITORY; http to localhost, 127.0.0.1 and [::1], https to all others." };
        var credentials = Text("--credentials-file", "PATH", "A file with user:password or a token for the registry.");
        bundle.Subcommands.Add(CommandLine.Verb("push", "Fill a site's registry from a bundle: nodes use it as spec.artifacts.mirrors: [oci://...], containerd "
            + "as a mirror under https://HOST/v2/REPOSITORY/UPSTREAM-HOST with override_path.",
            (parsed, session, ct) => PushAsync(session, parsed.GetValue(file)!, parsed.GetValue(repository)!, parsed.GetValue(credentials), ct), service: false, file, repository, credentials));
        return bundle;
    }

    private static System.CommandLine.Command Create()
    {
        var kubernetes = Text("--kubernetes", "VERSION", "The Kubernetes that it is for: 1.36.2, or 1.36 for its newest patch with a known digest.");
        var target = Text("--out", "FILE", "The bundle to write: a tar packed with gzip.");
        kubernetes.Required = target.Required = true;
        var architectures = List("--arch", "amd64|arm64", "An architecture that it is for; repeatable. Default: this machine's.");
        var runtime = Text("--runtime-version", "VERSION", "The containerd. Default: what goes with the Kubernetes.");
        var mirrors = List("--mirror", "URL", "Where upstream's files are loaded from instead: https://, http:// or oci://; repeatable, tried in order.");
        var locked = Text("--lock", "FILE", "A lock file: its versions and digests win over the built-in ones, and all that it names for the architectures is packed.");
        var images = List("--images", "FILE|REF", "A container image: an archive, or a reference that is pulled for each architecture; repeatable.");
        var cache = Text("--cache", "DIR", "A directory that keeps verified downloads for the next time.");
        return CommandLine.Verb("create", "Make a bundle, on any machine. With SOURCE_DATE_EPOCH the same content makes the same bytes.", async (parsed, session, ct) =>
        {
            var wanted = parsed.GetValue(kubernetes)!;
            var version = KubernetesVersion.TryParse(wanted) ?? throw Wrong($"--kubernetes {wanted}: expected a version such as 1.36.2 or 1.36");
            var names = parsed.GetValue(architectures) is { Length: > 0 } given ? given : [session.Facts.Architecture];
            foreach (var name in names)
            {
                if (name is not ("amd64" or "arm64") || names.Count(other => other == name) > 1)
                {
                    throw Wrong($"--arch {name}: expected amd64 or arm64, once each");
                }
            }
            var from = new List<Mirror>();
            foreach (var mirror in parsed.GetValue(mirrors) ?? [])
            {
                from.Add(new Mirror(Url.TryParse(mirror, "https", "http", "oci") ?? throw Wrong($"--mirror {Url.Redact(mirror)}: expected https://, http:// or oci://"), null));
            }
            var supply = new Supply
            {
                Digests = new Digests(ReadLock(parsed.GetValue(locked))),
                Origins = Origin.Of(from),
                SharedCache = parsed.GetValue(cache) is { } folder ? Path.GetFullPath(folder) : null,
                Deadline = Deadline,
            };
            var release = version.Patch is not null ? version.ToString() : supply.Digests.NewestPatch(version.ToString(), names[0])
                ?? throw new FailureException(new Failure("config.version-unsupported", $"Kubernetes {version}: no patch of it has a known digest"));
            return await CreateAsync(session, release, names, parsed.GetValue(runtime) ?? "", supply, parsed.GetValue(images) ?? [], Path.GetFullPath(parsed.GetValue(target)!), ct);
        }, service: false, kubernetes, target, architectures, runtime, mirrors, locked, images, cache);
    }

    private static async Task<ExitCode> CreateAsync(
        Session session, string kubernetes, string[] architectures, string runtime, Supply supply, string[] images, string target, CancellationToken ct)
    {
        var wanted = new List<Artifact>();
        foreach (var architecture in architectures)
        {
            var release = VersionTable.For(kubernetes, runtime, "", name => supply.Digests.LockedVersion(name, architecture));
            wanted.AddRange(Catalog.All(release, architecture));
            foreach (var artifact in supply.Digests.Lock?.Artifacts ?? [])
            {
                if (artifact.Arch == architecture && !wanted.Exists(other => other.Url == artifact.Url))
                {
                    wanted.Add(new Artifact(artifact.Name, artifact.Version, architecture, artifact.Url, Packing.Binary));
                }
            }
        }
        foreach (var artifact in wanted)
        {
            // Before anything is downloaded.
            _ = supply.Digests.Find(artifact) ?? throw new FailureException(Digests.Unknown(artifact));
        }
        // Beside the target: there is room for what becomes it. A new one: whatever else lies there is not ours.
        var work = Path.Join(Path.GetDirectoryName(target), $".{Path.GetFileName(target)}.{Guid.NewGuid():n}.work");
        if (images.FirstOrDefault(image => BakedImage.IsFile(image) && !Here.Exists(Path.GetFullPath(image))) is { } missing)
        {
            throw new FailureException(new Failure("image.archive-missing", $"--images {missing}: there is no such file"));
        }
        Here.CreateDirectory(work, Modes.Mode700);
        try
        {
            var host = Host.Open(work, session.Log, session.Host.Reach);
            var draft = new BundleDraft(host, kubernetes, architectures);
            await Task.WhenAll(wanted.Select(artifact => draft.AddAsync(artifact, supply, ct)));
            foreach (var image in images)
            {
                var path = Path.GetFullPath(image);
                if (Here.Exists(path) && !Here.IsDirectory(path))
                {
                    draft.AddArchive(path);
                }
                else
                {
                    await draft.AddImageAsync(ImageReference.Parse(image), supply.Deadline, ct);
                }
            }
            var listing = await draft.PackAsync(SourceDate.OfEnvironment ?? session.Host.Clock.GetUtcNow(), $"{work}/bundle", ct);
            Here.Rename($"{work}/bundle", target);
            Print(session, target, listing, "made");
            return ExitCode.Done;
        }
        finally
        {
            Here.DeleteDirectory(work);
        }
    }

    private static async Task<ExitCode> VerifyAsync(Session session, string file, CancellationToken ct)
    {
        using var bundle = BundleReader.Open(Here, Path.GetFullPath(file));
        await bundle.EachAsync(null, ct);
        Print(session, file, bundle.Listing, "as it was made");
        return ExitCode.Done;
    }

    private static async Task<ExitCode> PushAsync(Session session, string file, string repository, string? credentials, CancellationToken ct)
    {
        var url = Url.TryParse(repository, "oci") ?? throw Wrong($"{Url.Redact(repository)}: expected oci://HOST[:PORT]/REPOSITORY");
        SecretRef? secret = null;
        if (credentials is not null)
        {
            secret = new SecretRef.Literal(new Secret<string>(Here.ReadText(Path.GetFullPath(credentials))?.Trim() is { Length: > 0 } text ? text
                : throw new FailureException(new Failure("secret.unreadable", $"--credentials-file: {credentials} does not exist or is empty"))));
        }
        var push = new BundlePush(session.Host, url, secret);
        await push.RunAsync(Here, Path.GetFullPath(file), Deadline, ct);
        foreach (var line in push.Done)
        {
            session.Out.WriteLine(line);
        }
        return ExitCode.Done;
    }

    private static LockFile? ReadLock(string? file) => file is null ? null : LockFile.Parse(Here.ReadBytes(Path.GetFullPath(file))
        ?? throw new FailureException(new Failure("artifact.lock-missing", $"--lock: {file} does not exist", "Make one with: slipway lock")), file);

    private static void Print(Session session, string file, BundleListing listing, string how)
    {
        if (session.Options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(session.Out, listing.Write);
            return;
        }
        long size = 0;
        foreach (var one in listing.Files)
        {
            size += one.Size;
        }
        session.Out.WriteLine($"{file}: {how}: Kubernetes {listing.Kubernetes}, {string.Join(" and ", listing.Architectures)}, {listing.Files.Count} files, {size >> 20} MiB");
        foreach (var one in listing.Files)
        {
            session.Out.WriteLine($"  {one.Sha256}  {one.Size,12}  {(one.IsImage ? "image " : "")}{one.What} {one.Architecture}".TrimEnd());
        }
    }

    private static Option<string> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static Option<string[]> List(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static FailureException Wrong(string what) => new(new Failure("usage.option-invalid", what));
}
