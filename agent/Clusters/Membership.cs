using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Clusters;

/// <summary>What the node's files say about its being a member of a cluster. Health plays no part: a kubelet that is down is still a member's.</summary>
internal abstract record Membership
{
    /// <summary>Where a joined kubelet keeps its credentials.</summary>
    public const string KubeletConf = "/etc/kubernetes/kubelet.conf";

    private Membership()
    {
    }

    /// <summary>Joined: a kubeconfig for this node name and this cluster's CA, with a client certificate that has not expired.</summary>
    /// <param name="Server">The API server.</param>
    /// <param name="Authority">The cluster's CA certificates, PEM.</param>
    /// <param name="ClientPem">The client certificate with its key, PEM.</param>
    public sealed record Member(Uri Server, string Authority, Secret<string> ClientPem) : Membership;

    /// <summary>Not joined, and nothing of another cluster stands in the way.</summary>
    /// <param name="Why">One clause.</param>
    public sealed record None(string Why) : Membership;

    /// <summary>Joined to another cluster, or as another node.</summary>
    /// <param name="Failure">What was seen.</param>
    public sealed record Other(Failure Failure) : Membership;

    /// <summary>Looks at the node's files.</summary>
    /// <param name="files">The node.</param>
    /// <param name="nodeName">The name that the node has, or is to have.</param>
    /// <param name="trust">What identifies the cluster that the node belongs to.</param>
    /// <param name="now">For the certificate's validity.</param>
    public static Membership Look(FileTree files, string nodeName, ClusterTrust trust, DateTimeOffset now)
    {
        if (files.ReadText(KubeletConf) is not { } text)
        {
            return new None($"{KubeletConf} does not exist");
        }
        if (YamlReader.Read(text, KubeletConf).Documents is not [MappingNode top, ..])
        {
            return new None($"{KubeletConf} cannot be read");
        }
        var cluster = First(top, "clusters", "cluster");
        var user = First(top, "users", "user");
        var authority = Data(files, cluster, "certificate-authority");
        var client = Data(files, user, "client-certificate");
        var server = (cluster?.Find("server") as ScalarNode)?.Raw;
        if (authority is null || client is null || !Uri.TryCreate(server, UriKind.Absolute, out var url))
        {
            return new None($"{KubeletConf} names no server, CA or client certificate");
        }
        try
        {
            return Judge(url, authority, client, Data(files, user, "client-key") ?? client, nodeName, trust, now);
        }
        catch (CryptographicException e)
        {
            return new None($"the certificates of {KubeletConf} cannot be read ({e.Message})");
        }
    }

    /// <summary>The server of whichever cluster the node is a member of, under whichever name; null where it is none's, or its certificate has expired.</summary>
    public static Uri? ServerOfAny(FileTree files, DateTimeOffset now)
    {
        if (files.ReadText(KubeletConf) is not { } text || YamlReader.Read(text, KubeletConf).Documents is not [MappingNode top, ..]
            || Data(files, First(top, "users", "user"), "client-certificate") is not { } client
            || !Uri.TryCreate((First(top, "clusters", "cluster")?.Find("server") as ScalarNode)?.Raw, UriKind.Absolute, out var server))
        {
            return null;
        }
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(client);
            return certificate.NotAfter.ToUniversalTime() > now.UtcDateTime ? server : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static Membership Judge(Uri server, string authority, string client, string key, string nodeName, ClusterTrust trust, DateTimeOffset now)
    {
        using var certificate = X509Certificate2.CreateFromPem(client);
        var subject = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (!trust.Includes(authority))
        {
            return new Other(new Failure("join.other-cluster", $"{KubeletConf} belongs to another cluster ({server}): its CA is not the configured one"));
        }
        if (subject != $"system:node:{nodeName}")
        {
            return new Other(new Failure("join.other-node", $"{KubeletConf} belongs to \"{subject}\", this node is to be \"system:node:{nodeName}\""));
        }
        return certificate.NotAfter.ToUniversalTime() <= now.UtcDateTime
            ? new None($"the client certificate of {KubeletConf} expired at {certificate.NotAfter.ToUniversalTime():u}")
            : new Member(server, authority, new Secret<string>(client == key ? client : client + "\n" + key));
    }

    private static MappingNode? First(MappingNode top, string list, string item) =>
        top.Find(list) is SequenceNode { Items: [MappingNode first, ..] } ? first.Find(item) as MappingNode : null;

    /// <summary>A kubeconfig's inline data (<c>NAME-data</c>, base64) or the file that it names.</summary>
    private static string? Data(FileTree files, MappingNode? node, string name)
    {
        if ((node?.Find($"{name}-data") as ScalarNode)?.Raw is { } inline)
        {
            var bytes = new byte[inline.Length];
            return Convert.TryFromBase64String(inline, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
        }
        return (node?.Find(name) as ScalarNode)?.Raw is { } path && path.StartsWith('/') ? files.ReadText(path) : null;
    }
}
