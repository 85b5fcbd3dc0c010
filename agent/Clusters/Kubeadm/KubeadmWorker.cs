using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Clusters.Kubeadm;

/// <summary>Membership of a cluster as a worker. Inspected by what proves membership, never by health.</summary>
/// <param name="Wanted">What to join, and as what.</param>
internal sealed record KubeadmWorker(WorkerJoin Wanted) : ClusterMembership(Wanted.NodeName, Wanted.Timeout)
{
    /// <summary>The kubelet's drop-in with the fields of <c>spec.kubelet.config</c>.</summary>
    public const string KubeletDropIn = "/etc/kubernetes/kubelet.conf.d/50-slipway.conf";

    // In /run, which is memory: the token is never on a disk because of us.
    private const string DocumentPath = "/run/slipway/kubeadm-join.yaml";

    // On the disk before kubeadm starts. While it says "begun", what kubeadm left behind is ours to clear; once it says "joined", only
    // what belongs to this very cluster and node is, such as a client certificate that has expired.
    private const string MarkPath = "/var/lib/slipway/join";
    private const string Begun = "begun\n";
    private const string Joined = "joined\n";

    private const string BootstrapConf = "/etc/kubernetes/bootstrap-kubelet.conf";

    // What a join writes before it has succeeded (kubeadm's constants.go); each makes the next one's preflight fail.
    private static readonly string[] Leftovers =
    [
        BootstrapConf,
        Membership.KubeletConf,
        "/etc/kubernetes/pki/ca.crt",
        "/var/lib/kubelet/config.yaml",
        "/var/lib/kubelet/instance-config.yaml",
        "/var/lib/kubelet/kubeadm-flags.env",
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
    ];

    /// <inheritdoc/>
    public override Membership Look(Host host) => Membership.Look(host.Files, Wanted.NodeName, Wanted.Trust, host.Clock.GetUtcNow());

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var (look, mark, leftover) = (Look(host), Mark(host), Leftover(host));
        return Task.FromResult<Finding>(look switch
        {
            Membership.Member => new Finding.AsWanted(),
            // A readable certificate of elsewhere is nobody's leftover.
            Membership.Other other => new Finding.Refused(other.Failure),
            Membership.None none when leftover is not null && mark is null => new Finding.Refused(new Failure("join.leftover-state",
                $"{leftover} exists, slipway did not write it, and the node is no member: {none.Why}")),
            // Perhaps only the clock is wrong: what made it a member is not thrown away by a boot.
            Membership.None none when leftover is not null && mark == Joined && scrutiny == Scrutiny.Quick => new Finding.Refused(
                new Failure("join.credentials-lost", $"this node joined before, and is no member now: {none.Why}")),
            _ => new Finding.Differs($"join the cluster at {Wanted.Endpoint} as {Wanted.NodeName}"),
        });
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var started = host.Clock.GetTimestamp();
        if (Wanted.Join.ApiServerEndpoint is not null)
        {
            await ReachAsync(host, ct);
        }
        await new Retry(Left(host, started)) { Shortest = TimeSpan.FromSeconds(2) }
            .RunAsync("kubeadm join", host.Clock, host.Log, (_, token) => TryAsync(host, started, token), ct);
        host.Log.Joined(Wanted.NodeName, Wanted.Endpoint.ToString());
    }

    /// <inheritdoc/>
    public override void Settle(Host host)
    {
        host.Files.Delete(DocumentPath);
        host.Files.Delete(BootstrapConf);
        // Neither kubeadm nor the kubelet flushes what it writes; our own records of success are on the disk a moment later.
        foreach (var path in Leftovers)
        {
            host.Files.Flush(path);
        }
        if (Mark(host) == Begun)
        {
            host.Files.Write(MarkPath, Joined, Modes.Mode600);
        }
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        await host.Services.StopAsync("kubelet.service", ct);
        ClearLeftovers(host);
        host.Files.Delete(MarkPath);
        return "";
    }

    /// <summary>Waits until the API server takes connections: that is cheap to ask, a join that cannot work is not.</summary>
    private Task<int> ReachAsync(Host host, CancellationToken ct) => new Retry(Wanted.Timeout) { Longest = TimeSpan.FromSeconds(10) }
        .RunAsync($"reach the API server {Wanted.Endpoint}", host.Clock, host.Log, async (_, token) =>
            await Network.UnreachableAsync(Wanted.Endpoint.Host, Wanted.Endpoint.Port ?? 6443, Http.ConnectTimeout, token) is { } why
                ? throw new FailureException(new Failure("join.endpoint-unreachable", $"{Wanted.Endpoint}: {why}"))
                : 0, ct);

    private async Task<int> TryAsync(Host host, long started, CancellationToken ct)
    {
        // Whatever may fail without touching anything comes first.
        var wanted = await ReadAsync(host, ct);
        var token = wanted is { Document: null, Join.Token: { } reference } ? await SecretValue.ReadAsync(host, reference, "token", ct) : null;
        string[] secrets = [.. KubeadmDocuments.Tokens.Select(path => wanted.Document?.TextAt(path)).Append(token?.Reveal()).OfType<string>().Where(s => s.Length > 0)];
        var nodeIp = wanted.Join.ApiServerEndpoint is null && wanted.NodeIp is NodeIp.Auto ? null : NodeAddress.Choose(wanted.NodeIp, wanted.Endpoint);
        // Of a run that was killed: two of them at once undo each other's work.
        await host.Foreign.EndLeftAsync("kubeadm", ct);
        await host.Services.StopAsync("kubelet.service", ct);
        if (Look(host) is Membership.Member)
        {
            // The kubelet of an earlier try got its certificate after kubeadm had given up on it.
            await host.Services.StartAsync("kubelet.service", ct);
            return 0;
        }
        host.Files.Write(MarkPath, Begun, Modes.Mode600);
        ClearLeftovers(host);
        host.Files.Write(DocumentPath, JoinDocument.Write(wanted, token, nodeIp), Modes.Mode600);
        try
        {
            var result = await host.Foreign.RunAsync(new Command("kubeadm", "join", "--config", DocumentPath)
            {
                Deadline = Left(host, started),
                OnLine = line => host.Log.Debug("{Line:l}", "kubeadm: " + Redacted(line, secrets)),
            }, ct);
            // A kubeadm that failed in its last, optional steps has made a member all the same.
            return result.Succeeded || Look(host) is Membership.Member ? 0 : throw new FailureException(await ExplainAsync(host, result, secrets, ct));
        }
        finally
        {
            host.Files.Delete(DocumentPath);
        }
    }

    /// <summary>What is wanted, with what is only read now: documents behind a reference, tokens inside documents.</summary>
    internal async Task<WorkerJoin> ReadAsync(Host host, CancellationToken ct)
    {
        var wanted = Wanted;
        if (wanted.Reference is { } reference)
        {
            var text = await SecretValue.ReadAsync(host, reference, "kubeadm documents", ct);
            wanted = wanted.With(KubeadmDocuments.ReadAtUse(text.Reveal(), wanted.NodeName));
        }
        foreach (var path in KubeadmDocuments.Tokens)
        {
            if (wanted.Document is { } document && document.Reach(path) is MappingNode source)
            {
                var token = await SecretValue.ReadAsync(host, SectionReader.SecretOf(source)!, "token", ct);
                wanted = wanted with { Document = document.Put(path, new ScalarNode(source.At, token.Reveal(), ScalarKind.Text)) };
            }
        }
        return wanted;
    }

    private static async Task<Failure> ExplainAsync(Host host, CommandResult result, string[] secrets, CancellationToken ct)
    {
        var failure = result switch
        {
            CommandResult.Ended ended => KubeadmErrors.Classify([.. ended.LastLines.Select(line => Redacted(line, secrets))]),
            CommandResult.TimedOut late => new Failure("join.tls-bootstrap-timeout", $"kubeadm join did not end within {late.After.TotalSeconds:0} s"),
            _ => new Failure("join.failed", $"kubeadm join: {result.Describe()}"),
        };
        if (failure.Code is "join.kubelet-unhealthy" or "join.tls-bootstrap-timeout")
        {
            var said = await host.Services.LastLinesAsync("kubelet.service", 5, ct);
            failure = failure with { What = $"{failure.What}; the kubelet said last: {string.Join(" | ", said)}" };
        }
        return failure;
    }

    /// <summary>What is left of the join's time.</summary>
    private TimeSpan Left(Host host, long started)
    {
        var left = Wanted.Timeout - host.Clock.GetElapsedTime(started);
        return left > TimeSpan.Zero
            ? left
            : throw new FailureException(new Failure("join.out-of-time", $"not joined within {Wanted.Timeout.TotalSeconds:0} s (spec.timeouts.join)"));
    }

    private static string? Mark(Host host) => host.Files.ReadText(MarkPath);

    private static string? Leftover(Host host) => Leftovers.FirstOrDefault(path => host.Files.Status(path) is not null);

    private static void ClearLeftovers(Host host)
    {
        foreach (var path in Leftovers)
        {
            host.Files.Delete(path);
        }
    }

    private static string Redacted(string line, string[] secrets) =>
        secrets.Aggregate(line, (text, secret) => text.Replace(secret, "***", StringComparison.Ordinal));
}
