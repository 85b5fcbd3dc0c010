using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Slipway.Lab;

/// <summary>An API server of the lab's own: discovery, bootstrap tokens, CSRs, Nodes, leases and two ConfigMaps, with RBAC's refusals.</summary>
/// <remarks>What it holds survives <see cref="LoopbackServer.StopAsync"/>; a new instance is a new cluster.</remarks>
public sealed class ControlPlane : LoopbackServer
{
    private readonly Authority authority = new("kubernetes");
    private readonly ControlPlaneOptions options;
    private readonly ClusterApi api;

    /// <summary>A cluster; call <see cref="LoopbackServer.StartAsync"/> next.</summary>
    public ControlPlane(ControlPlaneOptions options)
    {
        this.options = options;
        Token = BootstrapToken.Create();
        api = new ClusterApi(this, options, authority);
    }

    /// <summary>The bootstrap token that nodes join with.</summary>
    public BootstrapToken Token { get; private set; }

    /// <summary>Pin of the cluster's CA, <c>sha256:HEX</c>.</summary>
    public string CaHash => authority.Pin;

    /// <summary>The cluster's CA in PEM.</summary>
    public string CaPem => authority.Pem;

    /// <summary>Host and port by which nodes reach it, for <c>apiServerEndpoint</c>.</summary>
    public string Endpoint => $"{options.NodeFacingHost}:{Port}";

    /// <summary>The Nodes there are, by name.</summary>
    public IReadOnlyDictionary<string, NodeState> Nodes => api.Store.Nodes;

    /// <summary>How many certificates were asked for, by node name: a second one for the same name is a second join.</summary>
    public IReadOnlyDictionary<string, int> SigningRequests => api.Store.SigningRequests;

    /// <summary>How many certificates a node asked for.</summary>
    public int SigningRequestsOf(string node) => SigningRequests.GetValueOrDefault(node);

    /// <summary>Lets the token expire: no signature in cluster-info any more, and 401 for whoever shows it.</summary>
    public void ExpireToken() => Token = Token with { Expired = true };

    /// <summary>Gives the cluster another token; the old one is gone.</summary>
    public BootstrapToken RenewToken() => Token = BootstrapToken.Create();

    /// <summary>Makes a Node that a test wants to find there, such as one with the name of the node that is about to join.</summary>
    public void AddNode(string name, bool ready) => api.Store.AddNode(name, ready);

    /// <summary>Deletes a Node, as <c>kubectl delete node</c> does.</summary>
    public bool DeleteNode(string name) => api.Store.RemoveNode(name);

    /// <summary>cluster-info's kubeconfig: where the cluster is and who signs for it, no credentials.</summary>
    internal string ClusterInfo => $"""
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(CaPem))}
            server: https://{Endpoint}
          name: ""
        contexts: null
        current-context: ""
        kind: Config
        preferences: {"{}"}
        users: null

        """;

    /// <inheritdoc/>
    protected override bool UsesTls => true;

    /// <inheritdoc/>
    protected override void Configure(ListenOptions listen) =>
        UseTls(listen, authority, ["127.0.0.1", "10.0.2.2", "localhost", "kubernetes", "kubernetes.default.svc", options.NodeFacingHost, .. options.ExtraNames], authority.HasSigned);

    /// <inheritdoc/>
    protected override Task<string> AnswerAsync(HttpContext context) => api.AnswerAsync(context);
}
