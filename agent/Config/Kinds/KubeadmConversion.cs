using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>
/// Converts kubeadm's documents from v1beta3 to v1beta4: flags become lists because they may repeat, and the timeouts have a place of their
/// own. What the two tables of <see cref="KubeadmSchema"/> say alike stays as it is, durations as they were written, null apart from <c>[]</c>.
/// </summary>
internal static class KubeadmConversion
{
    private const string Discovery = "discovery.timeout";
    private const string ControlPlane = "apiServer.timeoutForControlPlane";

    /// <summary>The documents in v1beta4; those that are, and those of other programs, as they are.</summary>
    /// <param name="documents">Documents without problems.</param>
    public static IReadOnlyList<MappingNode> ToV1Beta4(IReadOnlyList<MappingNode> documents)
    {
        List<MappingNode> converted = [.. documents.Select(Convert)];
        // Of the cluster once, of the command that waits for it now. Without such a document one is made: kubeadm init takes it empty too.
        int cluster = converted.FindIndex(document => document.Reach(ControlPlane) is not null);
        if (cluster >= 0)
        {
            ConfigNode timeout = converted[cluster].Reach(ControlPlane)!;
            converted[cluster] = converted[cluster].Without(ControlPlane);
            if (!converted.Exists(Waits))
            {
                converted.Add(new MappingNode(timeout.At, []).Put("apiVersion", Word(timeout.At, KubeadmSchema.V1Beta4)).Put("kind", Word(timeout.At, "InitConfiguration")));
            }

            converted = [.. converted.Select(document => Waits(document) ? document.Fill("timeouts.controlPlaneComponentHealthCheck", timeout) : document)];
        }

        return converted;
    }

    private static bool Waits(MappingNode document) => document.TextAt("kind") is "InitConfiguration" or "JoinConfiguration";

    private static MappingNode Convert(MappingNode document)
    {
        if (document.Find("apiVersion") is not ScalarNode { Raw: KubeadmSchema.V1Beta3 } version
            || KubeadmSchema.Table(KubeadmSchema.V1Beta3, document.TextAt("kind")) is not { } older)
        {
            return document;
        }

        var converted = (MappingNode)Value(document, older, KubeadmSchema.Table(KubeadmSchema.V1Beta4, document.TextAt("kind")));
        converted = converted.Put("apiVersion", version with { Raw = KubeadmSchema.V1Beta4 });
        return document.Reach(Discovery) is { } timeout ? converted.Without(Discovery).Fill("timeouts.discovery", timeout) : converted;
    }

    private static ConfigNode Value(ConfigNode node, FieldType? older, FieldType? newer) => (node, older, newer) switch
    {
        // In the order of the names, as kubeadm's own conversion has it: a mapping's order means nothing.
        (MappingNode map, MapOf, ListOf) => new SequenceNode(map.At, [.. map.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(Argument)]),
        (MappingNode map, Section before, Section after) => map with
        {
            // A field that is gone says nothing where it is null, and would be unknown.
            Entries = [.. map.Entries.Where(e => e.Value is not NullNode || after.Find(e.Key) is not null).Select(e => e with { Value = Value(e.Value, before.Child(e.Key), after.Child(e.Key)) })],
        },
        _ => node,
    };

    private static MappingNode Argument(MappingEntry entry) => new MappingNode(entry.KeyAt, []).Put("name", Word(entry.KeyAt, entry.Key))
        .Put("value", entry.Value is NullNode ? Word(entry.KeyAt, "") : entry.Value);

    private static ScalarNode Word(Position at, string raw) => new(at, raw, ScalarKind.Text);
}
