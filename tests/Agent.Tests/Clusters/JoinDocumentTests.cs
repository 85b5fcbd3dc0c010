using System.Text.Json;
using Slipway.Clusters;
using Slipway.Clusters.Kubeadm;
using Slipway.Config;

namespace Slipway.Tests.Clusters;

/// <summary>kubeadm gets exactly what its v1beta4 takes, and null is not an empty list.</summary>
public sealed class JoinDocumentTests
{
    private static readonly WorkerJoin Worker = new()
    {
        NodeName = "worker-7",
        Join = new KubeadmJoin(new HostPort("10.0.0.10", null), null, [$"sha256:{new string('a', 64)}"], null, null, null, null),
        NodeIp = new NodeIp.Auto(),
        Labels = new Dictionary<string, string>(),
        Taints = null,
        KubeletFlags = [],
        HasKubeletDropIn = false,
        IgnorePreflightErrors = [],
        Patches = "",
        Timeout = TimeSpan.FromMinutes(15),
    };

    [Fact]
    public void The_whole_document_is_what_kubeadm_takes()
    {
        var json = Write(Worker);
        Assert.Equal("""{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"JoinConfiguration","discovery":{"bootstrapToken":{"apiServerEndpoint":"10.0.0.10:6443","token":"abcdef.0123456789abcdef","caCertHashes":["sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}},"nodeRegistration":{"name":"worker-7","criSocket":"unix:///run/containerd/containerd.sock","kubeletExtraArgs":[{"name":"node-ip","value":"10.0.0.7"}]},"timeouts":{"discovery":"2m0s"}}""",
            JsonSerializer.Serialize(json));
    }

    [Fact]
    public void No_taints_and_an_empty_list_are_two_things()
    {
        Assert.False(Registration(Worker).TryGetProperty("taints", out _));
        Assert.Equal(0, Registration(Worker with { Taints = [] }).GetProperty("taints").GetArrayLength());
        Assert.Equal("""[{"key":"gpu","value":"a100","effect":"NoSchedule"},{"key":"bare","effect":"NoExecute"}]""", JsonSerializer.Serialize(
            Registration(Worker with { Taints = [new Taint("gpu", "a100", TaintEffect.NoSchedule), new Taint("bare", "", TaintEffect.NoExecute)] }).GetProperty("taints")));
    }

    [Fact]
    public void An_IPv6_endpoint_keeps_its_brackets() => Assert.Equal("[fd00::10]:6443", Discovery(Worker with
    {
        Join = Worker.Join with { ApiServerEndpoint = HostPort.TryParse("[fd00::10]") },
    }).GetProperty("bootstrapToken").GetProperty("apiServerEndpoint").GetString());

    [Fact]
    public void The_operators_flags_come_last_in_their_order()
    {
        var arguments = Registration(Worker with
        {
            Labels = new Dictionary<string, string> { ["rack"] = "b2", ["zone"] = "z" },
            HasKubeletDropIn = true,
            KubeletFlags = ["--v=2", "--node-ip=10.9.9.9", "--register-node", "--feature-gates=A=true,B=false"],
        }).GetProperty("kubeletExtraArgs").EnumerateArray().Select(item => $"{item.GetProperty("name")}={item.GetProperty("value")}");
        Assert.Equal(["node-ip=10.0.0.7", "node-labels=rack=b2,zone=z", "config-dir=/etc/kubernetes/kubelet.conf.d", "v=2", "node-ip=10.9.9.9", "register-node=true",
            "feature-gates=A=true,B=false"], arguments);
    }

    [Fact]
    public void A_CA_certificate_becomes_its_pin()
    {
        using var cluster = new Cluster();
        var token = Discovery(Worker with { Join = Worker.Join with { CaCertHashes = null, CaCertificate = cluster.Pem } }).GetProperty("bootstrapToken");
        Assert.Equal(cluster.Pin, Assert.Single(token.GetProperty("caCertHashes").EnumerateArray()).GetString());
    }

    [Fact]
    public void Verification_is_given_up_only_where_nothing_identifies_the_cluster()
    {
        Assert.False(Discovery(Worker).GetProperty("bootstrapToken").TryGetProperty("unsafeSkipCAVerification", out _));
        Assert.True(Discovery(Worker with { Join = Worker.Join with { CaCertHashes = null, UnsafeSkipCAVerification = true } })
            .GetProperty("bootstrapToken").GetProperty("unsafeSkipCAVerification").GetBoolean());
    }

    [Fact]
    public void A_discovery_file_goes_with_its_bootstrap_token()
    {
        var discovery = Discovery(Worker with { Join = Worker.Join with { ApiServerEndpoint = null, CaCertHashes = null, DiscoveryFile = "/etc/discovery.conf" } });
        Assert.Equal("""{"file":{"kubeConfigPath":"/etc/discovery.conf"},"tlsBootstrapToken":"abcdef.0123456789abcdef"}""", JsonSerializer.Serialize(discovery));
    }

    [Fact]
    public void Ignored_checks_and_patches_are_passed_on()
    {
        var json = Write(Worker with { IgnorePreflightErrors = ["NumCPU", "Mem"], Patches = "/etc/patches" });
        Assert.Equal("""["NumCPU","Mem"]""", JsonSerializer.Serialize(json.GetProperty("nodeRegistration").GetProperty("ignorePreflightErrors")));
        Assert.Equal("/etc/patches", json.GetProperty("patches").GetProperty("directory").GetString());
    }

    [Fact]
    public void A_document_of_the_operators_keeps_what_it_says_and_gets_what_it_lacks()
    {
        var json = Write(Own("""
            apiVersion: kubeadm.k8s.io/v1beta3
            kind: JoinConfiguration
            discovery: {bootstrapToken: {token: own001.0123456789abcdef, apiServerEndpoint: "10.0.0.9:6443", unsafeSkipCAVerification: true}, timeout: 7m0s}
            nodeRegistration: {kubeletExtraArgs: {v: "4", node-labels: "rack=own,x=y"}, taints: null}
            """) with
        {
            Labels = new Dictionary<string, string> { ["rack"] = "b2", ["zone"] = "z" },
            Taints = [],
            KubeletFlags = ["--v=2", "--register-node"],
            IgnorePreflightErrors = ["Mem"],
            Patches = "/p",
        });
        Assert.Equal("""{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"JoinConfiguration","discovery":{"bootstrapToken":{"token":"own001.0123456789abcdef","apiServerEndpoint":"10.0.0.9:6443","unsafeSkipCAVerification":true}},"nodeRegistration":{"kubeletExtraArgs":[{"name":"node-ip","value":"10.0.0.7"},{"name":"node-labels","value":"zone=z"},{"name":"register-node","value":"true"},{"name":"node-labels","value":"rack=own,x=y"},{"name":"v","value":"4"}],"taints":[],"name":"worker-7","criSocket":"unix:///run/containerd/containerd.sock","ignorePreflightErrors":["Mem"]},"timeouts":{"discovery":"7m0s"},"patches":{"directory":"/p"}}""",
            JsonSerializer.Serialize(json));
    }

    [Fact]
    public void What_a_document_says_wins_over_the_nodes_own_settings()
    {
        var registration = Registration(Own("""
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: JoinConfiguration
            discovery: {file: {kubeConfigPath: /d}, tlsBootstrapToken: own001.0123456789abcdef}
            nodeRegistration:
              taints: []
              criSocket: unix:///run/crio.sock
              kubeletExtraArgs: [{name: node-ip, value: 10.1.1.1}, {name: v, value: "1"}, {name: v, value: "2"}]
              ignorePreflightErrors: []
            patches: {directory: /own}
            timeouts: {discovery: 1m0s}
            """) with
        {
            Taints = [new Taint("gpu", "", TaintEffect.NoSchedule)],
            KubeletFlags = ["--v=9"],
        });
        Assert.Equal("""{"taints":[],"criSocket":"unix:///run/crio.sock","kubeletExtraArgs":[{"name":"node-ip","value":"10.1.1.1"},{"name":"v","value":"1"},{"name":"v","value":"2"}],"ignorePreflightErrors":[],"name":"worker-7"}""",
            JsonSerializer.Serialize(registration));
    }

    [Fact]
    public void A_documents_cluster_is_known_by_its_pins()
    {
        var join = Own($"apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {{bootstrapToken: {{apiServerEndpoint: 'a:1', token: t, caCertHashes: [sha256:{new string('b', 64)}]}}}}");
        Assert.Equal($"sha256:{new string('b', 64)}", Assert.Single(Assert.IsType<ClusterTrust.Pins>(join.Trust).Hashes));
        Assert.Equal("a:1", join.Endpoint.ToString());
    }

    private static WorkerJoin Own(string document) => Worker.With(new KubeadmDocuments([(MappingNode)YamlReader.Read(document, "f").Documents[0]], null));

    private static JsonElement Write(WorkerJoin join) =>
        JsonDocument.Parse(JoinDocument.Write(join, new Secret<string>("abcdef.0123456789abcdef"), "10.0.0.7")).RootElement;

    private static JsonElement Registration(WorkerJoin join) => Write(join).GetProperty("nodeRegistration");

    private static JsonElement Discovery(WorkerJoin join) => Write(join).GetProperty("discovery");
}
