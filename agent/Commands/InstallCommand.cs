using System.CommandLine;
using Slipway.Artifacts;
using Slipway.Clusters;
using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Images;
using Slipway.Preflight;
using Slipway.Reporting;
using Slipway.Resources;
using Slipway.Sources;
using Slipway.Steps;

namespace Slipway.Commands;

/// <summary><c>slipway install</c>: containerd, runc, CNI plugins, crictl, kubelet, kubeadm, kubectl in place, at image time.</summary>
/// <param name="session">The image, or this machine.</param>
/// <param name="options">The command's own options.</param>
internal sealed class InstallCommand(Session session, InstallOptions options)
{
    // What is only of this machine as it runs: an image is made on another.
    private static readonly string[] ChecksOfRunningMachines = ["os.systemd", "disk.space", "cgroup.v1", "kernel.version", "swap.on"];

    private Host host = session.Host;
    private readonly Facts facts = options.Architecture is { } architecture ? session.Facts with { Architecture = architecture } : session.Facts;

    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb()
    {
        var kubernetes = Text("--kubernetes", "VERSION", "The Kubernetes to install: 1.36.2, or 1.36 for its newest patch with a known digest; a vendor's suffix stays.\n"
            + "Default: what the documents, the lock file, the bundle or the image itself say.");
        var runtime = Text("--runtime-source", "release|distro|docker|none", "Where containerd comes from. Default: release.");
        var mirrors = List("--mirror", "URL", "Where upstream's files are loaded from instead: https://, http:// or oci://; repeatable, tried in order.");
        var locked = Text("--lock", "FILE", "A lock file, as slipway lock writes it: its versions and digests win over the built-in ones.");
        var bundle = Text("--bundle", "FILE", "A bundle, as slipway bundle create writes it: nothing is downloaded.");
        var digests = List("--digest", "PATH=sha256:HEX", "The digest of one file, PATH as in its URL without the host; repeatable, wins over all others.");
        var only = List("--only", "NAME", $"Install this part alone; repeatable: {string.Join(", ", InstallOptions.Parts)}.");
        var images = List("--images", "FILE|REF", "A container image for the node: an archive, or a reference to pull; repeatable. Imported at the first boot.");
        var cache = Text("--cache", "DIR", "A directory that keeps verified downloads for the next install.");
        var architecture = Text("--arch", "amd64|arm64", "The architecture of the image. Default: this machine's.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and touch nothing." };
        return CommandLine.Verb("install", "Put containerd and the Kubernetes binaries in place, at image time: on this machine, in a container build, or with --root on a "
            + "mounted image. Starts nothing; needs no configuration, but goes by documents in /usr/lib/slipway/node.d, /etc/slipway/node.d and --config-source.",
            (parsed, session, ct) => new InstallCommand(session, new InstallOptions
            {
                Kubernetes = parsed.GetValue(kubernetes),
                RuntimeSource = parsed.GetValue(runtime),
                Mirrors = parsed.GetValue(mirrors) ?? [],
                Lock = parsed.GetValue(locked),
                Bundle = parsed.GetValue(bundle),
                Digests = parsed.GetValue(digests) ?? [],
                Only = parsed.GetValue(only) ?? [],
                Images = parsed.GetValue(images) ?? [],
                Cache = parsed.GetValue(cache),
                Architecture = parsed.GetValue(architecture),
                DryRun = parsed.GetValue(dryRun),
            }).RunAsync(ct), service: false, kubernetes, runtime, mirrors, locked, bundle, digests, only, images, cache, architecture, dryRun);
    }

    /// <summary>Installs, and says what is where.</summary>
    public async Task<ExitCode> RunAsync(CancellationToken ct)
    {
        options.Check();
        if (host.Files.IsRunningSystem && !Processes.IsRoot && !options.DryRun)
        {
            throw new FailureException(new Failure("run.not-root", "slipway install changes the system and must be run as root, or with --root on an image of the caller's own"));
        }
        var intent = await DecideAsync(ct);
        host = session.Trust(intent);
        IReadOnlyList<DescribedStep> steps = [.. Bootstrap.Describe(intent, facts), .. BakedImages.Describe(options.Images, facts.Architecture, intent.Supply.Deadline)];
        await RefuseAsync(intent, steps, ct);
        if (options.DryRun)
        {
            return await TellAsync(steps, ct);
        }
        using var held = NodeLock.Take(host.Files, facts.BootId, "install");
        // Once more, now that no run can join it in between; the plan is made anew as well.
        RefuseMember();
        var report = new Report(host.Log, host.Clock, _ => { }, _ => { }, new NodeStatus { Version = Build.Version, BootId = facts.BootId });
        using var total = new CancellationTokenSource(intent.TotalTimeout, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(total.Token, ct);
        try
        {
            using var ledger = Ledger.Open(host, facts.BootId);
            var changed = await Converge.ApplyAsync(steps, host, ledger, report, Scrutiny.Quick, either.Token);
            ArtifactCache.Clear(host);
            var outcome = new InstallOutcome(host, facts, intent, steps) { Images = await BakedImages.NamesAsync(host.Files, either.Token) };
            changed += await outcome.RecordAsync(ledger, either.Token) ? 1 : 0;
            outcome.Write(session.Out, session.Options, changed);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("run.interrupted", "stopped before it was done"));
        }
        catch (OperationCanceledException) when (total.IsCancellationRequested)
        {
            throw new FailureException(new Failure("run.out-of-time", $"not done within {intent.TotalTimeout.TotalMinutes:0} min (spec.timeouts.total)"));
        }
    }

    /// <summary>All that the options and the documents say, with what they leave open decided.</summary>
    private async Task<Intent> DecideAsync(CancellationToken ct)
    {
        var gathered = await session.GatherForImageAsync(ct);
        // What is not of the image is read where the caller says, before anything is touched.
        var given = ReadLock();
        var documents = gathered.Append(options.Document()).ToList();
        var valid = await session.WithVersionAsync(session.Require(NodeConfigReader.Read(documents)), ct);
        var locked = given ?? Acceptance.ReadLock(valid.Config, host.Files);
        var vouched = new Digests(locked) { Given = Digests.ReadGiven(options.Digests) };
        var bundle = options.Bundle is { } file ? Bundle.Open(new FileTree("/"), Path.GetFullPath(file), vouched, facts.Architecture, "/usr/lib/slipway/images") : null;
        locked ??= bundle?.Lock;
        var image = ReadRecord();
        var config = valid.Config;
        if (config.Kubernetes?.Version is null && (new Digests(locked).LockedVersion("kubelet", facts.Architecture) ?? image?.Version("kubernetes")) is { } said)
        {
            config = config with { Kubernetes = new KubernetesSection(KubernetesVersion.TryParse(said), config.Kubernetes?.Source) };
        }
        if (config.Kubernetes?.Version is null)
        {
            throw InstallOptions.Invalid("nothing says which Kubernetes to install", "Say it, such as: slipway install --kubernetes 1.36");
        }
        return new Intent
        {
            Config = config,
            NodeName = "",
            // Whoever names a version means that one, and what goes with it now; else the image stays as it is.
            Release = Versions.Decide(config, locked, options.Kubernetes is null ? image : null, facts),
            Digests = new Digests(Versions.Vouching(locked, image)) { Given = vouched.Given },
            Image = image,
            Bundle = bundle,
            Joins = false,
            AtImageTime = true,
            Only = options.Only.Count > 0 ? options.Only : null,
            SharedCache = options.Cache is { } folder ? Path.GetFullPath(folder) : null,
        };
    }

    private LockFile? ReadLock() => options.Lock is not { } path ? null
        : new FileTree("/").ReadBytes(Path.GetFullPath(path)) is { } json ? LockFile.Parse(json, path)
        : throw new FailureException(new Failure("artifact.lock-missing", $"--lock {path}: there is no such file"));

    private ImageRecord? ReadRecord()
    {
        try
        {
            return ImageRecord.Read(host.Files);
        }
        catch (FailureException e) when (e.Failure.Code == "image.record-invalid")
        {
            // It is written anew.
            host.Log.Attention(e.Failure.ToString());
            return null;
        }
    }

    private async Task RefuseAsync(Intent intent, IReadOnlyList<DescribedStep> steps, CancellationToken ct)
    {
        List<Artifact> artifacts = [.. steps.SelectMany(step => step.Resources).OfType<BinaryResource>().Select(binary => binary.Artifact)];
        if (intent.Digests.Given.Keys.FirstOrDefault(path => !artifacts.Exists(artifact => artifact.Url.AbsolutePath == path)) is { } unused)
        {
            throw InstallOptions.Invalid($"--digest {unused}: no file of this install has that path", $"Use one of: {string.Join(", ", artifacts.Select(artifact => artifact.Url.AbsolutePath))}.");
        }
        foreach (var set in intent.Only is null ? [] : steps.SelectMany(step => step.Resources).OfType<RetiredSets>())
        {
            var binaries = steps.SelectMany(step => step.Resources).OfType<LinkResource>().Select(link => Path.GetFileName(link.Path)).ToList();
            if (host.Files.Status($"{set.Folder}/current")?.LinkTarget is { } current && current != set.Version
                && host.Files.List($"{set.Folder}/{current}/bin").FirstOrDefault(name => name[0] != '.' && !binaries.Contains(name)) is { } lost)
            {
                throw InstallOptions.Invalid($"--only: {lost} of {set.Folder}/{current}, which is in use, is not part of this install of {set.Version}: it would be left without its set",
                    "Name it too, or install all.");
            }
        }
        RefuseMember();
        var findings = Checks.Findings(intent, await RuntimeChecks.LookAsync(intent, facts, host, ct), ChecksOfRunningMachines);
        foreach (var (check, result) in findings)
        {
            host.Log.Attention($"{check.Id}: {(result as CheckResult.Warn)?.Seen ?? ((CheckResult.Fail)result).Seen}");
        }
        if (Checks.Failure(findings) is { } failure)
        {
            throw new FailureException(failure);
        }
        if (!options.DryRun && (await Plan.MakeAsync(steps, host, Scrutiny.Quick, ct)).Refusals.FirstOrDefault() is { } refusal)
        {
            throw new FailureException(refusal);
        }
    }

    private void RefuseMember()
    {
        if (host.Files.Exists(Membership.KubeletConf))
        {
            throw new FailureException(new Failure("node.joined", $"{Membership.KubeletConf} is there: this node has joined a cluster, and an install would change it under its kubelet"));
        }
    }

    private async Task<ExitCode> TellAsync(IReadOnlyList<DescribedStep> steps, CancellationToken ct)
    {
        var plan = await Plan.MakeAsync(steps, host, Scrutiny.Quick, ct);
        var isJson = session.Options.Output == OutputFormat.Json;
        if (isJson && !plan.Refusals.Any())
        {
            JsonOutput.Write(session.Out, json =>
            {
                json.WriteString("root", host.Files.Root);
                json.WriteBoolean("dryRun", true);
                json.WriteStartArray("changes");
                foreach (var change in plan.Changes)
                {
                    json.WriteStartObject();
                    json.WriteString("step", change.Step);
                    json.WriteString("resource", change.Resource.Id);
                    json.WriteString("change", change.What);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
        }
        foreach (var change in isJson ? [] : plan.Changes)
        {
            session.Out.WriteLine($"{change.Step}: would {change.What}");
        }
        if (plan.Refusals.FirstOrDefault() is { } refusal)
        {
            throw new FailureException(refusal);
        }
        if (!isJson)
        {
            session.Out.WriteLine(plan.Changes.Any() ? "Nothing has been touched." : "Nothing would change.");
        }
        return ExitCode.Done;
    }

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static Option<string[]> List(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}
