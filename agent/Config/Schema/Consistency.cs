using System.Net;
using Slipway.Artifacts;

namespace Slipway.Config;

/// <summary>
/// Looks for values of the merged document that are right one by one and not together: networks that overlap, things said twice,
/// deadlines that cannot be met. Values of a wrong form are passed over; others have reported them.
/// </summary>
internal sealed class Consistency
{
    private const string Conflict = "config.conflict";
    private const string Doubtful = "config.doubtful";
    private const string Init = "spec.join.kubeadm.init.";
    private const string Eks = "spec.join.eks.";
    private readonly MappingNode merged;
    private readonly List<Problem> problems = [];

    private Consistency(MappingNode merged) => this.merged = merged;

    /// <summary>A network as it was written.</summary>
    private sealed record Net(IPNetwork Network, Position At, string Path);

    /// <summary>All that does not go together, errors and warnings.</summary>
    /// <param name="merged">The merged document.</param>
    /// <param name="version">The version of Kubernetes chosen, or null.</param>
    public static IReadOnlyList<Problem> Problems(MappingNode merged, KubernetesVersion? version)
    {
        var check = new Consistency(merged);
        check.Version();
        check.Networks();
        check.Deadlines();
        check.Taints("spec.node.taints");
        check.Taints("spec.kubelet.config.registerWithTaints");
        check.Arns();
        check.Kubelet();
        if (version is { Major: 1, Minor: > KubeletSchema.NewestMinor })
        {
            check.Warn(merged.Reach("spec.kubernetes.version") ?? merged, "spec.kubernetes.version", Doubtful,
                $"this slipway knows Kubernetes up to 1.{KubeletSchema.NewestMinor}; of a newer one it takes what goes with that", "a newer slipway, or a lock file with what is downloaded");
        }

        if (merged.Reach("spec.kubelet.flags") is SequenceNode flags)
        {
            for (int i = 0; i < flags.Items.Count; i++)
            {
                if (flags.Items[i] is ScalarNode flag && KubeletFlag.Problem(flag, ConfigPath.Item("spec.kubelet.flags", i), merged, version) is { } problem)
                {
                    check.problems.Add(problem);
                }
            }
        }

        if (merged.Reach("spec.join.kubeadm.join.unsafeSkipCAVerification") is ScalarNode { Kind: ScalarKind.Boolean, Raw: ['t' or 'T', ..] } skip)
        {
            check.Warn(skip, "spec.join.kubeadm.join.unsafeSkipCAVerification", "config.unsafe",
                "the node will join any cluster that answers at the endpoint", "caCertHashes, caCertificate or discoveryFile instead");
        }

        if (merged.Reach("spec.images.registries._default.credentials") is { } shown)
        {
            check.Report(shown.At, "spec.images.registries._default.credentials", "these would be shown to every registry that an image names",
                "credentials of a mirror, as {url: …, credentials: …}, or of a registry by its host");
        }

        return check.problems;
    }

    private void Version()
    {
        const string path = "spec.kubernetes.version";
        if (merged.Reach(path) is ScalarNode given && KubernetesVersion.TryParse(given.Raw) is { } version
            && (version.Major != 1 || version.Minor < VersionTable.OldestMinor))
        {
            problems.Add(new Problem(given.At, path, "config.version-unsupported", $"this slipway cannot install Kubernetes {version}", VersionTable.Range) { Value = given.Raw });
        }
    }

    private void Networks()
    {
        List<Net> pods = Nets(Init + "podSubnet"), services = Nets(Init + "serviceSubnet"), remote = Nets(Eks + "cluster.remoteNodeNetworks");
        Net[] clusters = [.. pods, .. services, .. Nets(Eks + "cluster.cidr")];
        Net[] all = [.. clusters, .. remote];
        for (int i = 0; i < all.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (all[i].Network.Contains(all[j].Network.BaseAddress) || all[j].Network.Contains(all[i].Network.BaseAddress))
                {
                    Report(all[i].At, all[i].Path, $"{all[i].Network} overlaps {all[j].Network} of {all[j].Path} ({all[j].At})", "networks that have no address in common");
                }
            }
        }

        if (pods.Count > 0 && services.Count > 0 && Families(pods) is var podFamilies && Families(services) is var serviceFamilies && podFamilies != serviceFamilies)
        {
            Warn(merged.Reach(Init + "serviceSubnet")!, Init + "serviceSubnet", Doubtful,
                $"the services are {serviceFamilies}, the pods {podFamilies}: of the first family are the addresses that a cluster uses by itself",
                "the same families in the same order in both");
        }

        if (merged.Reach("spec.node.ip") is ScalarNode ip && NodeIp.TryParse(ip.Raw) is NodeIp.Addresses own)
        {
            foreach (IPAddress address in own.List)
            {
                if (Array.Find(clusters, net => net.Network.Contains(address)) is { } inside)
                {
                    Report(ip.At, "spec.node.ip", $"{address} lies in {inside.Network} of {inside.Path} ({inside.At})", "an address outside the cluster's own networks", ip);
                }
            }

            if (remote.Count > 0 && !own.List.Any(address => remote.Any(net => net.Network.Contains(address))))
            {
                Report(ip.At, "spec.node.ip", "the address lies in none of spec.join.eks.cluster.remoteNodeNetworks", "an address inside one of them", ip);
            }
        }
    }

    private List<Net> Nets(string path)
    {
        var nets = new List<Net>();
        ConfigNode? node = merged.Reach(path);
        foreach (ScalarNode scalar in node is SequenceNode list ? list.Items.OfType<ScalarNode>() : node is ScalarNode one ? [one] : [])
        {
            foreach (string part in scalar.Raw.Split(','))
            {
                if (NodeIp.IsCidr(part.Trim()))
                {
                    nets.Add(new Net(IPNetwork.Parse(part.Trim()), scalar.At, path));
                }
            }
        }

        return nets;
    }

    private static string Families(List<Net> nets) =>
        string.Join(" and ", nets.Select(net => net.Network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4"));

    private void Deadlines()
    {
        if ((merged.Reach("spec.timeouts.total") as ScalarNode)?.Raw is not { } total || GoDuration.TryParse(total) is not { } whole)
        {
            return;
        }

        foreach (string part in (string[])["download", "join"])
        {
            if (merged.Reach($"spec.timeouts.{part}") is ScalarNode scalar && GoDuration.TryParse(scalar.Raw) > whole)
            {
                Warn(scalar, $"spec.timeouts.{part}", Doubtful, $"{scalar.Raw} is more than spec.timeouts.total, {total}, which ends the run before", $"at most {total}");
            }
        }
    }

    private void Taints(string path)
    {
        var seen = new Dictionary<string, Position>(StringComparer.Ordinal);
        for (int i = 0; merged.Reach(path) is SequenceNode list && i < list.Items.Count; i++)
        {
            string? name = list.Items[i] switch
            {
                ScalarNode scalar when Taint.TryParse(scalar.Raw) is { } taint => $"{taint.Key}:{taint.Effect}",
                MappingNode mapping when mapping.Find("key") is ScalarNode key && mapping.Find("effect") is ScalarNode effect => $"{key.Raw}:{effect.Raw}",
                _ => null,
            };
            if (name is not null && !seen.TryAdd(name, list.Items[i].At))
            {
                Report(list.Items[i].At, ConfigPath.Item(path, i), $"the taint {Quoting.Printable(name, 60)} is given twice, first at {seen[name]}", "each key with an effect once");
            }
        }
    }

    private void Arns()
    {
        const string anywhere = Eks + "iamRolesAnywhere.";
        if (ArnAt(anywhere + "trustAnchorArn") is not { } anchor)
        {
            return;
        }

        if (ArnAt(anywhere + "profileArn") is { } profile && (profile.Partition != anchor.Partition || profile.Region != anchor.Region))
        {
            var node = (ScalarNode)merged.Reach(anywhere + "profileArn")!;
            Report(node.At, anywhere + "profileArn", $"the profile is in {Quoting.Printable(profile.Region, 60)}, its trust anchor in {Quoting.Printable(anchor.Region, 60)}", "a profile of the trust anchor's region", node);
        }

        if (ArnAt(anywhere + "roleArn") is { } role && role.Partition != anchor.Partition)
        {
            var node = (ScalarNode)merged.Reach(anywhere + "roleArn")!;
            Report(node.At, anywhere + "roleArn", $"the role is of the partition {role.Partition}, the trust anchor of {anchor.Partition}", "ARNs of one partition", node);
        }
    }

    private Arn? ArnAt(string path) => merged.Reach(path) is ScalarNode scalar ? Arn.TryParse(scalar.Raw) : null;

    private void Kubelet()
    {
        const string config = "spec.kubelet.config.";
        if (Word(config + "failSwapOn") is { Raw: "true" } fail && Word("spec.system.swap") is { Raw: "allow" })
        {
            Report(fail.At, config + "failSwapOn", "the kubelet will not start with swap, which spec.system.swap allows", "failSwapOn: false, or another spec.system.swap", fail);
        }

        if (Word(config + "cgroupDriver") is { Raw: "cgroupfs" } driver && Word("spec.runtime.source") is not { Raw: "none" })
        {
            Report(driver.At, config + "cgroupDriver", "containerd is set up for the driver systemd", "systemd", driver);
        }

        if (Word(config + "imageGCLowThresholdPercent") is { } low && Word(config + "imageGCHighThresholdPercent") is { } high
            && CoreSchema.WholeValue(low.Raw) >= CoreSchema.WholeValue(high.Raw))
        {
            Report(low.At, config + "imageGCLowThresholdPercent", $"{low.Raw} is not less than imageGCHighThresholdPercent, {high.Raw}", $"less than {high.Raw}", low);
        }

        foreach (MappingEntry entry in (merged.Reach(config + "evictionSoft") as MappingNode)?.Entries ?? [])
        {
            if ((merged.Reach(config + "evictionSoftGracePeriod") as MappingNode)?.Find(entry.Key) is null)
            {
                Report(entry.KeyAt, ConfigPath.Join(config + "evictionSoft", entry.Key), "the kubelet does not start where a soft threshold has no grace period",
                    "the same signal in evictionSoftGracePeriod");
            }
        }
    }

    private ScalarNode? Word(string path) => merged.Reach(path) as ScalarNode;

    private void Report(Position at, string path, string message, string expected, ScalarNode? value = null) =>
        problems.Add(new Problem(at, path, Conflict, message, expected) { Value = Quoting.Shown(value?.Raw) });

    private void Warn(ConfigNode node, string path, string code, string message, string expected) =>
        problems.Add(new Problem(node.At, path, code, message, expected) { Severity = Severity.Warning, Value = Quoting.Shown((node as ScalarNode)?.Raw) });
}
