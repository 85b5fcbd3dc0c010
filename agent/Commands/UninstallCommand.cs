using System.CommandLine;
using System.Globalization;
using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway uninstall</c>: removes what Slipway put on the node, by its ledger.</summary>
internal static class UninstallCommand
{
    private const string Runtime = "/run/slipway";
    private const string Service = "/etc/systemd/system/multi-user.target.wants/slipway.service";

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "List what would be removed, and touch nothing." };

    private static readonly Option<bool> Force = new("--force") { Description = "Also on a member of a cluster, which is down without its programs." };

    /// <summary>The verb with its options.</summary>
    public static System.CommandLine.Command Verb() => CommandLine.Verb("uninstall",
        "Remove exactly what slipway put on this node, and put back what it replaced. What others changed or use stays, and is told. "
        + "Settings in /etc/slipway, the package itself and images of containers stay too.", RunAsync, service: false, DryRun, Force);

    private static async Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken ct)
    {
        var (host, dryRun) = (session.Host, parsed.GetValue(DryRun));
        if (host.Files.IsRunningSystem && !Processes.IsRoot)
        {
            throw new FailureException(new Failure("run.not-root", "slipway uninstall changes the system and must be run as root"));
        }
        if (!Uninstallation.HasWork(host.Files) && host.Files.Status(Runtime) is null)
        {
            return Tell(session, dryRun, [], [], []);
        }
        if (!parsed.GetValue(Force) && Membership.ServerOfAny(host.Files, host.Clock.GetUtcNow()) is { } server)
        {
            throw new FailureException(new Failure("uninstall.member", $"this node is a member of the cluster at {server}",
                "Leave the cluster first: kubectl drain NODE --ignore-daemonsets; kubectl delete node NODE; then on the node: kubeadm reset -f. "
                + "To remove the programs all the same: slipway uninstall --force"));
        }
        if (dryRun)
        {
            return Tell(session, dryRun, [.. Owned.Of(Ledger.Read(host.Files)).Reverse().Select(one => one.Id)], [], []);
        }
        using var held = NodeLock.Take(host.Files, session.Facts.BootId, "uninstall");
        var work = new Uninstallation(host, session.Facts.BootId);
        try
        {
            await work.RunAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw new FailureException(new Failure("run.interrupted", "stopped before everything was removed: slipway uninstall goes on from there"));
        }
        if (work.Failed.Count == 0)
        {
            // The lock last, while it is ours.
            foreach (var name in (string[])["kubeadm-join.yaml", ".kubeadm-join.yaml.slipway-new", "status.json", ".status.json.slipway-new", "lock"])
            {
                host.Files.Delete($"{Runtime}/{name}");
            }
            host.Files.DeleteEmpty(Runtime);
        }
        return Tell(session, dryRun, work.Removed, work.Left, work.Failed);
    }

    private static ExitCode Tell(Session session, bool dryRun, IReadOnlyList<string> removed, IReadOnlyList<Remainder> left, IReadOnlyList<Unremoved> failed)
    {
        if (session.Options.Output == OutputFormat.Json)
        {
            WriteJson(session.Out, dryRun, removed, left, failed);
        }
        else
        {
            WriteText(session, dryRun, removed, left, failed);
        }
        return failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static void WriteText(Session session, bool dryRun, IReadOnlyList<string> removed, IReadOnlyList<Remainder> left, IReadOnlyList<Unremoved> failed)
    {
        if (dryRun)
        {
            foreach (var id in removed)
            {
                session.Out.WriteLine($"would remove {id}");
            }
        }
        foreach (var one in left)
        {
            session.Out.WriteLine($"left {one.What}: {one.Why}");
        }
        foreach (var one in failed)
        {
            session.Out.WriteLine($"not removed: {one.Id}: {one.Failure}");
            session.Out.WriteLine($"  Fix: {one.Failure.Remedy}");
        }
        session.Out.WriteLine(removed.Count + failed.Count == 0 ? "nothing to remove" : string.Create(CultureInfo.InvariantCulture,
            $"{(dryRun ? "would remove" : "removed")}: {Counted(removed)}{(failed.Count > 0 ? $"; not removed: {failed.Count}, slipway uninstall tries again" : "")}"));
        if (!dryRun && removed.Count > 0 && session.Host.Files.Status(Service) is not null)
        {
            session.Out.WriteLine("slipway.service is enabled: where the next boot finds a configuration, it installs anew. To keep it from that: systemctl disable slipway.service");
        }
    }

    /// <summary>How many of each kind, by the first word of their ids: <c>2 unit, 12 link</c>.</summary>
    private static string Counted(IReadOnlyList<string> removed)
    {
        var kinds = removed.Select(id => id.Split(':')[0]).ToList();
        return kinds.Count == 0 ? "nothing" : string.Join(", ", kinds.Distinct().Order(StringComparer.Ordinal)
            .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kinds.Count(other => other == kind)} {kind}")));
    }

    private static void WriteJson(TextWriter output, bool dryRun, IReadOnlyList<string> removed, IReadOnlyList<Remainder> left, IReadOnlyList<Unremoved> failed) =>
        JsonOutput.Write(output, json =>
        {
            json.WriteBoolean("dryRun", dryRun);
            json.WriteStartArray("removed");
            foreach (var id in removed)
            {
                json.WriteStringValue(id);
            }
            json.WriteEndArray();
            json.WriteStartArray("left");
            foreach (var one in left)
            {
                json.WriteStartObject();
                json.WriteString("what", one.What);
                json.WriteString("why", one.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("failed");
            foreach (var one in failed)
            {
                json.WriteStartObject();
                json.WriteString("what", one.Id);
                json.WriteString("code", one.Failure.Code);
                json.WriteString("message", one.Failure.What);
                json.WriteString("fix", one.Failure.Remedy);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
}
