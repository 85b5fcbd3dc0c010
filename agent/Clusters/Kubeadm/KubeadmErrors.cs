using System.Text.RegularExpressions;
using Slipway.Reporting;

namespace Slipway.Clusters.Kubeadm;

/// <summary>What kubeadm's last words mean. Its exit code is always 1, so its messages are all there is.</summary>
internal static partial class KubeadmErrors
{
    /// <summary>The failure that kubeadm's output stands for; <c>join.failed</c> for words that are not known.</summary>
    /// <param name="lines">The last lines of its output, without secrets.</param>
    public static Failure Classify(IReadOnlyList<string> lines)
    {
        var text = string.Join('\n', lines);
        var code = Rows.FirstOrDefault(row => row.Pattern.IsMatch(text)).Code ?? "join.failed";
        // The lines that carry the cause; the rest is progress and advice.
        var told = lines.Where(line => Telling().IsMatch(line)).Select(line => line.Trim()).ToList();
        return new Failure(code, $"kubeadm join: {string.Join(" | ", told.Count > 0 ? told : lines.TakeLast(3))}");
    }

    // The first row that matches counts: causes stand before the symptoms that they lead to.
    private static readonly (Regex Pattern, string Code)[] Rows =
    [
        (Pin(), "join.ca-mismatch"),
        (Token(), "join.token-expired"),
        (ReadyNode(), "join.node-exists"),
        (ClockSkew(), "join.clock-skew"),
        (UnknownAuthority(), "join.ca-mismatch"),
        (PortInUse(), "join.port-taken"),
        (NoRuntime(), "join.runtime-down"),
        (Preflight(), "join.preflight-failed"),
        (BadDocument(), "join.document-refused"),
        (KubeletUnhealthy(), "join.kubelet-unhealthy"),
        (Unreachable(), "join.endpoint-unreachable"),
        (BootstrapTimeout(), "join.tls-bootstrap-timeout"),
    ];

    [GeneratedRegex(@"^\s*\[ERROR |^error(:| execution phase)|^\s*error: ")]
    private static partial Regex Telling();

    // app/util/pubkeypin and app/discovery/token: the CA of cluster-info is not one of the pinned.
    [GeneratedRegex(@"none of the public keys .* (are|is) pinned|cluster CA found in cluster-info ConfigMap is invalid")]
    private static partial Regex Pin();

    // A token that expired has had its signature removed from cluster-info; one that never was has none either.
    [GeneratedRegex(@"could not find a JWS signature in the cluster-info ConfigMap|token id "".*"" is invalid for this cluster or it has expired|Unauthorized", RegexOptions.IgnoreCase)]
    private static partial Regex Token();

    [GeneratedRegex(@"a Node with name "".*"" and status ""Ready"" already exists")]
    private static partial Regex ReadyNode();

    [GeneratedRegex(@"certificate has expired or is not yet valid")]
    private static partial Regex ClockSkew();

    [GeneratedRegex(@"certificate signed by unknown authority|failed to verify JWS signature")]
    private static partial Regex UnknownAuthority();

    [GeneratedRegex(@"\[ERROR Port-\d+\]")]
    private static partial Regex PortInUse();

    [GeneratedRegex(@"\[ERROR (CRI|ContainerRuntimeVersion)\]")]
    private static partial Regex NoRuntime();

    [GeneratedRegex(@"\[ERROR [A-Za-z0-9_./-]+\]")]
    private static partial Regex Preflight();

    [GeneratedRegex(@"strict decoding error|unknown field|uses an old API spec|no kind .* is registered|invalid configuration")]
    private static partial Regex BadDocument();

    [GeneratedRegex(@"kubelet (isn't running|is not healthy|is not running)|The kubelet is not healthy|error: .*kubelet-start.*healthz", RegexOptions.IgnoreCase)]
    private static partial Regex KubeletUnhealthy();

    [GeneratedRegex(@"connection refused|no such host|i/o timeout|no route to host|network is unreachable|TLS handshake timeout|connection reset|EOF$|: EOF|HTTP 5\d\d|server is currently unable|context deadline exceeded|couldn't validate the identity of the API Server", RegexOptions.Multiline)]
    private static partial Regex Unreachable();

    [GeneratedRegex(@"(kubelet-wait-bootstrap|kubelet-start).*timed out|timed out waiting for the condition|TLS bootstrap", RegexOptions.IgnoreCase)]
    private static partial Regex BootstrapTimeout();
}
