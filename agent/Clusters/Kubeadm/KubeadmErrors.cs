using Slipway.Reporting;

namespace Slipway.Clusters.Kubeadm;

/// <summary>What kubeadm's last words mean. Its exit code is always 1, so its messages are all there is.</summary>
internal static class KubeadmErrors
{
    /// <summary>The failure that kubeadm's output stands for; <c>join.failed</c> for words that are not known.</summary>
    /// <param name="lines">The last lines of its output, without secrets.</param>
    public static Failure Classify(IReadOnlyList<string> lines)
    {
        var code = Rows.FirstOrDefault(row => lines.Any(line => row.Phrases.Any(phrase => line.Contains(phrase, StringComparison.Ordinal))))?.Code
            ?? "join.failed";
        // The lines that carry the cause; the rest is progress and advice.
        var told = lines.Select(line => line.Trim()).Where(IsTelling).ToList();
        return new Failure(code, $"kubeadm join: {string.Join(" | ", told.Count > 0 ? told : lines.TakeLast(3))}");
    }

    private static bool IsTelling(string line) =>
        line.StartsWith("[ERROR ", StringComparison.Ordinal) || line.StartsWith("error", StringComparison.Ordinal)
        || line.StartsWith("[kubelet-check] ", StringComparison.Ordinal);

    /// <summary>Each code with the phrases that mean it. The first row with a phrase in the output counts: causes before symptoms.</summary>
    public static readonly IReadOnlyList<KubeadmError> Rows =
    [
        // app/util/pubkeypin and app/discovery/token: the CA of cluster-info is not one of the pinned.
        new("join.ca-mismatch", ["none of the public keys", "cluster CA found in cluster-info ConfigMap is invalid"]),
        // A token that expired has had its signature removed from cluster-info; one that never was has none either.
        new("join.token-expired", ["could not find a JWS signature", "is invalid for this cluster or it has expired", "failed to verify JWS signature", "Unauthorized"]),
        new("join.node-exists", ["and status \"Ready\" already exists"]),
        new("join.clock-skew", ["certificate has expired or is not yet valid"]),
        new("join.ca-mismatch", ["certificate signed by unknown authority"]),
        new("join.port-taken", ["[ERROR Port-"]),
        new("join.runtime-down", ["[ERROR CRI]", "[ERROR ContainerRuntimeVersion]"]),
        new("join.preflight-failed", ["[ERROR "]),
        new("join.document-refused", ["strict decoding error", "unknown field", "uses an old API spec", "no kind ", "invalid configuration"]),
        new("join.kubelet-unhealthy", ["kubelet isn't running", "kubelet is not healthy", "kubelet is not running"]),
        // Its message is that of any wait that ran out of time: the phase tells them apart.
        new("join.tls-bootstrap-timeout", ["error execution phase kubelet-wait-bootstrap"]),
        new("join.endpoint-unreachable",
        [
            "connection refused", "no such host", "i/o timeout", "no route to host", "network is unreachable", "TLS handshake timeout",
            "connection reset", "EOF", "currently unable to handle the request", "context deadline exceeded",
            "couldn't validate the identity of the API Server",
        ]),
        new("join.tls-bootstrap-timeout", ["timed out waiting for the condition", "TLS bootstrap"]),
    ];
}

/// <summary>An error code and the phrases of kubeadm's that mean it.</summary>
/// <param name="Code">The code.</param>
/// <param name="Phrases">Any of them, anywhere in a line.</param>
internal sealed record KubeadmError(string Code, string[] Phrases);
