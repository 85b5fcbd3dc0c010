using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Stubs.Common;

/// <summary>The parts of a kubeconfig file that lead to an API server: its current context, resolved.</summary>
internal sealed record Kubeconfig
{
    /// <summary>URL of the API server.</summary>
    public required string Server { get; init; }

    /// <summary>CA certificates in PEM; null when none are named.</summary>
    public required string? CaPem { get; init; }

    /// <summary>Bearer token, or null.</summary>
    public string? Token { get; init; }

    /// <summary>Path of the client certificate with its key, or null.</summary>
    public string? ClientCertificatePath { get; init; }

    /// <summary>Reads a text.</summary>
    /// <exception cref="FatalException">It is not a kubeconfig.</exception>
    public static Kubeconfig Parse(string text)
    {
        JsonObject config = Yaml.ReadAll(text) is [var single] ? single : throw new FatalException("couldn't parse the kubeconfig");
        string context = config["current-context"]?.GetValue<string>() ?? "";
        JsonObject chosen = Named(config, "contexts", context, "context") ?? [];
        JsonObject cluster = Named(config, "clusters", chosen["cluster"]?.GetValue<string>() ?? "", "cluster")
            ?? (config["clusters"] as JsonArray)?[0]?["cluster"] as JsonObject ?? throw new FatalException("the kubeconfig names no cluster");
        JsonObject user = Named(config, "users", chosen["user"]?.GetValue<string>() ?? "", "user") ?? [];
        string? data = cluster["certificate-authority-data"]?.GetValue<string>();
        return new()
        {
            Server = cluster["server"]?.GetValue<string>() ?? throw new FatalException("the kubeconfig names no server"),
            CaPem = data is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(data)),
            Token = user["token"]?.GetValue<string>(),
            ClientCertificatePath = user["client-certificate"]?.GetValue<string>(),
        };
    }

    /// <summary>The client certificate with its key.</summary>
    /// <exception cref="FatalException">The files it names are missing or no certificate.</exception>
    public X509Certificate2 LoadCertificate()
    {
        string path = ClientCertificatePath ?? throw new FatalException("the kubeconfig has no client certificate");
        try
        {
            return X509Certificate2.CreateFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException)
        {
            throw new FatalException(
                $"invalid configuration: [unable to read client-cert {path} for default-auth due to open {path}: no such file or directory]");
        }
    }

    /// <summary>A kubeconfig that shows a token, as kubeadm writes bootstrap-kubelet.conf.</summary>
    public static string ForToken(string server, string caPem, string token) =>
        Write(server, caPem, "kubernetes", "tls-bootstrap-token-user",
        new JsonObject { ["token"] = token });

    /// <summary>A kubeconfig that points to a certificate file, as the kubelet writes kubelet.conf.</summary>
    public static string ForCertificate(string server, string caPem, string path) => Write(server, caPem, "default-cluster", "default-auth",
        new JsonObject { ["client-certificate"] = path, ["client-key"] = path });

    private static string Write(string server, string caPem, string cluster, string user, JsonObject credentials)
    {
        string context = user == "default-auth" ? "default-context" : $"{user}@{cluster}";
        string authority = Convert.ToBase64String(Encoding.UTF8.GetBytes(caPem));
        return $"""
            apiVersion: v1
            clusters:
            - cluster:
                certificate-authority-data: {authority}
                server: {server}
              name: {cluster}
            contexts:
            - context:
                cluster: {cluster}
                user: {user}
              name: {context}
            current-context: {context}
            kind: Config
            users:
            - name: {user}
              user:

            """ + string.Concat(credentials.Select(c => $"    {c.Key}: {c.Value!.GetValue<string>()}\n"));
    }

    private static JsonObject? Named(JsonObject config, string list, string name, string inner) =>
        (config[list] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(e => e["name"]?.GetValue<string>() == name)?[inner] as JsonObject;
}
