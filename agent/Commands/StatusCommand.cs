using System.Globalization;
using Slipway.Clusters;
using Slipway.Engine;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway status</c>: phase, steps done, drift of what was installed against what is there, last error.</summary>
internal static class StatusCommand
{
    /// <summary>Prints where the node stands; exit 2 when it drifted or failed.</summary>
    public static async Task<ExitCode> RunAsync(Session session, CancellationToken ct)
    {
        var status = session.Host.Files.ReadBytes(NodeStatus.FilePath) is { } json ? NodeStatus.FromJson(json) : null;
        // What was accepted, not what a source says today: the drift asked for is that of the node.
        var accepted = ReadAccepted(session);
        var (drift, membership) = accepted is null ? ([], "") : await LookAsync(session, accepted, ct);
        if (session.Options.Output == OutputFormat.Json)
        {
            WriteJson(session, status, accepted, membership, drift);
        }
        else
        {
            WriteText(session, status, accepted, membership, drift);
        }
        return drift.Count > 0 || status?.LastError is not null ? ExitCode.Findings : ExitCode.Done;
    }

    private static Acceptance? ReadAccepted(Session session)
    {
        try
        {
            return Acceptance.Load(session.Host.Files);
        }
        catch (FailureException e) when (e.Failure.Code == "host.not-permitted")
        {
            session.Log.Attention("not root: what was installed cannot be compared");
            return null;
        }
    }

    private static async Task<(IReadOnlyList<string> Drift, string Membership)> LookAsync(Session session, Acceptance accepted, CancellationToken ct)
    {
        // What a run is at right now is not drift.
        var touched = Owned.Of(Ledger.Read(session.Host.Files)).Where(one => one.IsDone).Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        var steps = Bootstrap.Describe(accepted.Intent, session.Facts);
        var plan = await Plan.MakeAsync(steps, session.Host, Scrutiny.Thorough, ct);
        var membership = ClusterMembership.In(steps)?.Look(session.Host);
        return (
            [
                .. plan.Changes.Where(change => touched.Contains(change.Resource.Id)).Select(change => change.What),
                .. plan.Refusals.Select(refusal => refusal.ToString()),
            ],
            membership switch
            {
                Membership.Member member => $"member of {member.Server}",
                Membership.None none => $"not a member: {none.Why}",
                Membership.Other other => other.Failure.ToString(),
                _ => "left to others",
            });
    }

    private static void WriteText(Session session, NodeStatus? status, Acceptance? accepted, string membership, IReadOnlyList<string> drift)
    {
        Say("Phase", status?.Phase.ToString() ?? "never run in this boot");
        Say("Node", accepted?.Intent.NodeName ?? status?.NodeName);
        Say("Kubernetes", accepted?.Intent.Release.Kubernetes ?? status?.KubernetesVersion);
        Say("Membership", membership);
        Say("Source", accepted?.Source ?? status?.Source);
        Say("Config", accepted?.Sha256 ?? status?.ConfigSha256);
        Say("Step", status?.Step);
        var label = "Steps done";
        foreach (var step in status?.StepsDone ?? [])
        {
            Say(label, string.Create(CultureInfo.InvariantCulture, $"{step.Name}, {step.Changed} changed, {step.Seconds:0.0} s"));
            label = "";
        }
        foreach (var line in status?.Drift ?? [])
        {
            Say("Last run saw", line);
        }
        foreach (var line in drift)
        {
            Say("Drift", line);
        }
        Say("Drift", drift.Count == 0 && accepted is not null ? "none: what was installed is as it was verified" : null);
        if (status?.LastError is { } error)
        {
            Say("Last error", $"{error.Code}: {error.Message}");
            Say("Fix", error.Fix);
        }

        void Say(string name, string? value)
        {
            if (value is { Length: > 0 })
            {
                session.Out.WriteLine($"{name + (name.Length > 0 ? ":" : ""),-13} {value}");
            }
        }
    }

    private static void WriteJson(Session session, NodeStatus? status, Acceptance? accepted, string membership, IReadOnlyList<string> drift) =>
        JsonOutput.Write(session.Out, json =>
        {
            json.WriteString("phase", status is null ? null : status.Phase.ToString());
            json.WriteString("nodeName", accepted?.Intent.NodeName ?? status?.NodeName);
            json.WriteString("kubernetesVersion", accepted?.Intent.Release.Kubernetes ?? status?.KubernetesVersion);
            json.WriteString("membership", membership);
            json.WriteString("source", accepted?.Source ?? status?.Source);
            json.WriteString("configSha256", accepted?.Sha256 ?? status?.ConfigSha256);
            json.WriteString("step", status?.Step);
            json.WriteStartArray("stepsDone");
            foreach (var step in status?.StepsDone ?? [])
            {
                json.WriteStartObject();
                json.WriteString("name", step.Name);
                json.WriteNumber("changed", step.Changed);
                json.WriteNumber("seconds", step.Seconds);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("drift");
            foreach (var line in drift)
            {
                json.WriteStringValue(line);
            }
            json.WriteEndArray();
            if (status?.LastError is { } error)
            {
                json.WriteStartObject("lastError");
                json.WriteString("code", error.Code);
                json.WriteString("message", error.Message);
                json.WriteString("fix", error.Fix);
                json.WriteEndObject();
            }
        });
}
