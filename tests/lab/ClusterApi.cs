using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Lab;

/// <summary>The REST surface: routes, permissions, and the refusals with real Status bodies.</summary>
/// <remarks>
/// Permissions are those of kubeadm's RBAC objects and of the Node authorizer: anonymous reads cluster-info; bootstrap tokens create CSRs and read Nodes,
/// kubeadm-config and kubelet-config; a kubelet touches its own Node and its own lease.
/// </remarks>
internal sealed class ClusterApi(ControlPlane owner, ControlPlaneOptions options, Authority authority)
{
    private const string Signing = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private const string LeaseFolder = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

    public ClusterStore Store { get; } = new(options, authority);

    public async Task<string> AnswerAsync(HttpContext context)
    {
        Caller? caller = Caller.Of(context, owner.Token);
        Reply reply = caller is null ? Reply.Unauthorized : await RouteAsync(context.Request, caller).ConfigureAwait(false);
        context.Response.StatusCode = reply.Status;
        if (reply.Body is null)
        {
            await context.Response.WriteAsync(reply.Text, context.RequestAborted).ConfigureAwait(false);
        }
        else
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(reply.Body.ToJsonString(), context.RequestAborted).ConfigureAwait(false);
        }
        return caller?.User ?? "(unauthorized)";
    }

    private async Task<Reply> RouteAsync(HttpRequest request, Caller caller)
    {
        JsonObject body = [];
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
        {
            try
            {
                body = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body).ConfigureAwait(false) ?? [];
            }
            catch (JsonException e)
            {
                return Reply.Failure(400, "BadRequest", e.Message);
            }
        }
        string path = request.Path.Value ?? "/", verb = request.Method;
        return path switch
        {
            "/healthz" or "/livez" or "/readyz" => new Reply(200, Text: "ok"),
            "/version" => new Reply(200, new JsonObject { ["major"] = "1", ["minor"] = options.KubernetesVersion.Split('.')[1], ["gitVersion"] = "v" + options.KubernetesVersion, ["platform"] = "linux/amd64" }),
            "/api/v1/namespaces/kube-public/configmaps/cluster-info" when verb == "GET" => new Reply(200, ClusterInfo()),
            "/api/v1/namespaces/kube-system/configmaps/kubeadm-config" or "/api/v1/namespaces/kube-system/configmaps/kubelet-config" when verb == "GET" => caller is Caller.Anonymous
                ? Forbidden(caller, "get", "configmaps", path.Split('/')[^1], "", "kube-system")
                : new Reply(200, ClusterDocuments.ConfigMap(path.Split('/')[^1], options)),
            Signing when verb == "POST" => Sign(caller, body),
            _ when path.StartsWith(Signing + "/", StringComparison.Ordinal) && verb == "GET" => caller is Caller.Anonymous
                ? Forbidden(caller, "get", "certificatesigningrequests", path[(Signing.Length + 1)..], "certificates.k8s.io")
                : Found(Store.SigningRequest(path[(Signing.Length + 1)..]), "certificatesigningrequests.certificates.k8s.io", path[(Signing.Length + 1)..]),
            "/api/v1/nodes" or LeaseFolder => Collection(caller, verb, path == LeaseFolder, body),
            _ when path.StartsWith("/api/v1/nodes/", StringComparison.Ordinal) => Node(caller, verb, path["/api/v1/nodes/".Length..], body),
            _ when path.StartsWith(LeaseFolder + "/", StringComparison.Ordinal) => Lease(caller, verb, path[(LeaseFolder.Length + 1)..], body),
            _ => caller is Caller.Anonymous
                ? Reply.Failure(403, "Forbidden", $"forbidden: User \"{caller.User}\" cannot {verb.ToLowerInvariant()} path \"{path}\"")
                : Reply.Failure(404, "NotFound", "the server could not find the requested resource"),
        };
    }

    private JsonObject ClusterInfo()
    {
        JsonObject data = new() { ["kubeconfig"] = owner.ClusterInfo };
        if (!owner.Token.Expired)
        {
            data["jws-kubeconfig-" + owner.Token.Id] = owner.Token.Sign(owner.ClusterInfo);
        }
        return new() { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "cluster-info", ["namespace"] = "kube-public" }, ["data"] = data };
    }

    private Reply Sign(Caller caller, JsonObject body)
    {
        if (caller is Caller.Anonymous)
        {
            return Forbidden(caller, "create", "certificatesigningrequests", "", "certificates.k8s.io");
        }
        (JsonObject? created, string? error) = Store.Request(body, caller.User);
        return created is not null ? new Reply(201, created) : Reply.Failure(422, "Invalid", $"CertificateSigningRequest.certificates.k8s.io \"\" is invalid: {error}");
    }

    private Reply Collection(Caller caller, string verb, bool leases, JsonObject body)
    {
        string kind = leases ? "leases" : "nodes", group = leases ? "coordination.k8s.io" : "";
        string name = body["metadata"]?["name"]?.ToString() ?? "";
        if (verb == "GET" && !leases)
        {
            JsonObject list = new() { ["apiVersion"] = "v1", ["kind"] = "NodeList", ["items"] = new JsonArray([.. Store.Nodes.Values.Select(n => n.Manifest)]) };
            return caller is Caller.Anonymous ? Forbidden(caller, "list", kind, "", group) : new Reply(200, list);
        }
        if (verb != "POST")
        {
            return Reply.Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        }
        if (caller is not Caller.Kubelet kubelet)
        {
            return Forbidden(caller, "create", kind, name, group, leases ? "kube-node-lease" : "");
        }
        if (kubelet.Node != name)
        {
            return Reply.Failure(403, "Forbidden", $"{kind} \"{name}\" is forbidden: node \"{kubelet.Node}\" is not allowed to modify {(leases ? "lease" : "node")} \"{name}\"");
        }
        JsonObject? created = leases ? Store.CreateLease(name, body) : Store.CreateNode(name, body);
        return created is not null ? new Reply(201, created) : Reply.Failure(409, "AlreadyExists", $"{kind} \"{name}\" already exists");
    }

    private Reply Node(Caller caller, string verb, string rest, JsonObject body)
    {
        string name = rest.Split('/')[0];
        bool own = caller is Caller.Kubelet kubelet && kubelet.Node == name;
        return verb switch
        {
            // Bootstrap tokens may read Nodes since kubeadm looks for a Ready one of the same name; kubelets may read their own (AuthorizeNodeWithSelectors, 1.32).
            "GET" => caller is Caller.Bootstrapper || own ? Found(Store.Node(name), "nodes", name) : Forbidden(caller, "get", "nodes", name),
            "PUT" or "PATCH" => own ? Found(Store.UpdateNode(name, body, verb == "PUT"), "nodes", name) : Forbidden(caller, verb == "PUT" ? "update" : "patch", "nodes", name),
            _ => Forbidden(caller, verb.ToLowerInvariant(), "nodes", name),
        };
    }

    private Reply Lease(Caller caller, string verb, string name, JsonObject body)
    {
        bool own = caller is Caller.Kubelet kubelet && kubelet.Node == name;
        return !own ? Forbidden(caller, verb.ToLowerInvariant(), "leases", name, "coordination.k8s.io", "kube-node-lease")
            : Found(verb == "GET" ? Store.Lease(name) : Store.UpdateLease(name, body, verb == "PUT"), "leases.coordination.k8s.io", name);
    }

    private static Reply Found(JsonObject? value, string kind, string name) =>
        value is not null ? new Reply(200, value) : Reply.Failure(404, "NotFound", $"{kind} \"{name}\" not found");

    private static Reply Forbidden(Caller caller, string verb, string kind, string name, string group = "", string ns = "") => Reply.Failure(403, "Forbidden",
        $"{kind}{(group.Length > 0 ? "." + group : "")}{(name.Length > 0 ? $" \"{name}\"" : "")} is forbidden: User \"{caller.User}\" cannot {verb} resource \"{kind}\" in API group \"{group}\" {(ns.Length > 0 ? $"in the namespace \"{ns}\"" : "at the cluster scope")}");

    private sealed record Reply(int Status, JsonObject? Body = null, string Text = "")
    {
        public static Reply Unauthorized => Failure(401, "Unauthorized", "Unauthorized");

        public static Reply Failure(int status, string reason, string message) => new(status, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = status,
        });
    }
}
