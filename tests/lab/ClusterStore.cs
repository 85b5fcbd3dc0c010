using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Lab;

/// <summary>What the control plane remembers: Nodes, leases, certificate signing requests.</summary>
internal sealed class ClusterStore(ControlPlaneOptions options, Authority authority)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, JsonObject> nodes = new(StringComparer.Ordinal), leases = new(StringComparer.Ordinal), requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private int version = 1000;

    public IReadOnlyDictionary<string, NodeState> Nodes
    {
        get
        {
            lock (gate)
            {
                return nodes.ToDictionary(n => n.Key, n => new NodeState(n.Key, Copy(n.Value)), StringComparer.Ordinal);
            }
        }
    }

    public IReadOnlyDictionary<string, int> SigningRequests
    {
        get
        {
            lock (gate)
            {
                return new Dictionary<string, int>(counts, StringComparer.Ordinal);
            }
        }
    }

    public void AddNode(string name, bool ready) => TryCreate(nodes, name, new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False" }) },
    });

    public bool RemoveNode(string name)
    {
        lock (gate)
        {
            return nodes.Remove(name);
        }
    }

    public JsonObject? CreateNode(string name, JsonObject node) => TryCreate(nodes, name, node);

    public JsonObject? CreateLease(string name, JsonObject lease) => TryCreate(leases, name, lease);

    public JsonObject? Node(string name) => Get(nodes, name);

    public JsonObject? Lease(string name) => Get(leases, name);

    public JsonObject? UpdateNode(string name, JsonObject change, bool replace) => Update(nodes, name, change, replace);

    public JsonObject? UpdateLease(string name, JsonObject change, bool replace) => Update(leases, name, change, replace);

    /// <summary>Takes a CSR in; it is approved and signed once <see cref="ControlPlaneOptions.SigningDelay"/> is over. The error is what validation says.</summary>
    public (JsonObject? Created, string? Error) Request(JsonObject csr, string user)
    {
        CertificateRequest request;
        try
        {
            request = CertificateRequest.LoadSigningRequestPem(
                Encoding.ASCII.GetString(Convert.FromBase64String(csr["spec"]?["request"]?.ToString() ?? "")), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            return (null, "spec.request: Invalid value: PEM block type must be CERTIFICATE REQUEST");
        }
        string subject = request.SubjectName.Name, name = subject.Split("CN=system:node:")[^1].Split(',')[0];
        string[] usages = [.. (csr["spec"]?["usages"] as JsonArray ?? []).Select(u => u!.ToString())];
        if (csr["spec"]?["signerName"]?.ToString() != "kubernetes.io/kube-apiserver-client-kubelet")
        {
            return (null, "spec.signerName: Invalid value: this control plane signs for kubernetes.io/kube-apiserver-client-kubelet only");
        }
        if (!subject.Contains("O=system:nodes", StringComparison.Ordinal) || !subject.Contains("CN=system:node:", StringComparison.Ordinal) || !usages.Contains("client auth") || usages.Except(["client auth", "digital signature", "key encipherment"]).Any())
        {
            return (null, $"the subject {subject} with usages {string.Join(", ", usages)} is not that of a kubelet's client certificate");
        }
        string id = "csr-" + RandomNumberGenerator.GetString("bcdfghjklmnpqrstvwxz2456789", 5);
        csr["metadata"] = new JsonObject { ["name"] = id };
        csr["spec"]!["username"] = user;
        csr["status"] = new JsonObject();
        lock (gate)
        {
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }
        JsonObject created = TryCreate(requests, id, csr)!;
        _ = SignAsync(id, request);
        return (created, null);
    }

    public JsonObject? SigningRequest(string id) => Get(requests, id);

    private async Task SignAsync(string id, CertificateRequest request)
    {
        await Task.Delay(options.SigningDelay).ConfigureAwait(false);
        using X509Certificate2 certificate = authority.IssueClient(request, options.CertificateLifetime);
        JsonObject status = new()
        {
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Approved", ["status"] = "True", ["reason"] = "AutoApproved" }),
            ["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n")),
        };
        Update(requests, id, new JsonObject { ["status"] = status }, replace: false);
    }

    private JsonObject? TryCreate(Dictionary<string, JsonObject> objects, string name, JsonObject value)
    {
        lock (gate)
        {
            if (objects.ContainsKey(name))
            {
                return null;
            }
            Stamp(value);
            value["metadata"]!["uid"] = Guid.NewGuid().ToString();
            value["metadata"]!["creationTimestamp"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
            objects[name] = value;
            return Copy(value);
        }
    }

    private JsonObject? Get(Dictionary<string, JsonObject> objects, string name)
    {
        lock (gate)
        {
            return objects.TryGetValue(name, out JsonObject? value) ? Copy(value) : null;
        }
    }

    private JsonObject? Update(Dictionary<string, JsonObject> objects, string name, JsonObject change, bool replace)
    {
        lock (gate)
        {
            if (!objects.TryGetValue(name, out JsonObject? value))
            {
                return null;
            }
            if (replace)
            {
                change["metadata"]!["uid"] = value["metadata"]!["uid"]!.ToString();
                objects[name] = value = Copy(change);
            }
            else
            {
                Merge(value, change);
            }
            Stamp(value);
            return Copy(value);
        }
    }

    /// <summary>Merges maps, replaces all else. Strategic merging of lists is not needed: kubelets send their whole lists.</summary>
    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach ((string key, JsonNode? value) in change)
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject map && target[key] is JsonObject old)
            {
                Merge(old, map);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }

    private static JsonObject Copy(JsonObject value) => (JsonObject)value.DeepClone();

    private void Stamp(JsonObject value)
    {
        value["metadata"] ??= new JsonObject();
        value["metadata"]!["resourceVersion"] = (++version).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
