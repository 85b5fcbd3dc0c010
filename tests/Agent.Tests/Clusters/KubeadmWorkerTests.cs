using Slipway.Clusters.Kubeadm;
using Slipway.Engine;

namespace Slipway.Tests.Clusters;

/// <summary>Whether a node is to be joined is read from its own files, and what others left there is never cleared away.</summary>
public sealed class KubeadmWorkerTests : IDisposable
{
    private readonly Node node = new();
    private readonly Cluster cluster = new();

    public void Dispose()
    {
        cluster.Dispose();
        node.Dispose();
    }

    [Fact]
    public async Task A_fresh_node_is_to_be_joined() =>
        Assert.Contains("join the cluster at 10.0.0.10:6443 as worker-7", Assert.IsType<Finding.Differs>(await InspectAsync()).What, StringComparison.Ordinal);

    [Fact]
    public async Task A_member_is_never_joined_again()
    {
        Join("worker-7");
        Assert.IsType<Finding.AsWanted>(await InspectAsync());
    }

    [Fact]
    public async Task A_member_under_another_name_is_refused()
    {
        Join("worker-8");
        Assert.Equal("join.other-node", Assert.IsType<Finding.Refused>(await InspectAsync()).Failure.Code);
    }

    [Theory]
    [InlineData("/etc/kubernetes/bootstrap-kubelet.conf")]
    [InlineData("/etc/kubernetes/pki/ca.crt")]
    [InlineData("/var/lib/kubelet/config.yaml")]
    public async Task What_somebody_elses_join_left_is_refused_and_what_our_own_left_is_not(string path)
    {
        node.Put(path, "left");
        var refused = Assert.IsType<Finding.Refused>(await InspectAsync());
        Assert.Equal("join.leftover-state", refused.Failure.Code);
        Assert.Contains(path, refused.Failure.What, StringComparison.Ordinal);
        node.Put("/var/lib/slipway/join", "begun\n");
        Assert.IsType<Finding.Differs>(await InspectAsync());
        Assert.Equal("left", File.ReadAllText(node[path]));
    }

    [Fact]
    public async Task A_boot_does_not_throw_away_what_made_the_node_a_member_a_repair_may()
    {
        // Expired, or the clock is wrong: nobody can tell from here.
        Join("worker-7", DateTimeOffset.UtcNow.AddDays(-1));
        node.Put("/var/lib/slipway/join", "joined\n");
        Assert.Equal("join.credentials-lost", Assert.IsType<Finding.Refused>(await InspectAsync()).Failure.Code);
        Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Thorough));
    }

    [Theory]
    [InlineData("begun\n")]
    [InlineData("joined\n")]
    public async Task Another_nodes_membership_is_never_ours_to_clear(string mark)
    {
        Join("worker-8");
        node.Put("/var/lib/slipway/join", mark);
        Assert.Equal("join.other-node", Assert.IsType<Finding.Refused>(await InspectAsync(Scrutiny.Thorough)).Failure.Code);
    }

    [Fact]
    public void Settling_removes_the_token_and_marks_the_join_as_done()
    {
        Join("worker-7");
        node.Put("/etc/kubernetes/bootstrap-kubelet.conf", "token");
        node.Put("/var/lib/slipway/join", "begun\n");
        Worker().Settle(node.Host);
        Assert.False(File.Exists(node["/etc/kubernetes/bootstrap-kubelet.conf"]));
        Assert.Equal("joined\n", File.ReadAllText(node["/var/lib/slipway/join"]));
    }

    [Fact]
    public async Task Documents_and_tokens_that_are_read_at_the_join_are_read_then()
    {
        var worker = Worker("join: {kubeadm: {documents: {fromFile: /run/kubeadm.yaml}}}");
        Assert.IsType<Finding.Differs>(await worker.InspectAsync(node.Host, Scrutiny.Quick, Ct));
        node.Put("/run/token", "abcdef.0123456789abcdef\n");
        node.Put("/run/kubeadm.yaml", """
            apiVersion: kubeadm.k8s.io/v1beta3
            kind: JoinConfiguration
            discovery: {bootstrapToken: {apiServerEndpoint: "10.0.0.9:6443", token: {fromFile: /run/token}, unsafeSkipCAVerification: true}, timeout: 1m0s}
            """);
        var wanted = await worker.ReadAsync(node.Host, Ct);
        Assert.Equal("10.0.0.9:6443", wanted.Endpoint.ToString());
        Assert.Contains("\"token\": \"abcdef.0123456789abcdef\"", System.Text.Encoding.UTF8.GetString(JoinDocument.Write(wanted, null, null)), StringComparison.Ordinal);

        // What is wrong with them is told then, and not what they hold.
        node.Put("/run/kubeadm.yaml", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {tlsBootstrapToken: abcdef.0123456789abcdeX}");
        var failure = (await Assert.ThrowsAsync<Slipway.Reporting.FailureException>(() => worker.ReadAsync(node.Host, Ct))).Failure;
        Assert.Equal("config.invalid-value", failure.Code);
        Assert.DoesNotContain("abcdef", failure.ToString(), StringComparison.Ordinal);
    }

    private void Join(string name, DateTimeOffset? until = null)
    {
        node.Put("/etc/kubernetes/kubelet.conf", cluster.Kubeconfig());
        node.Put("/var/lib/kubelet/pki/kubelet-client-current.pem", cluster.Client(name, until));
    }

    private Task<Finding> InspectAsync(Scrutiny scrutiny = Scrutiny.Quick) => Worker().InspectAsync(node.Host, scrutiny, Ct);

    private static KubeadmWorker Worker(string? join = null)
    {
        using var other = new Node();
        var intent = (join is null
            ? Wanted.Worker("  node: {name: worker-7}")
            : Wanted.Accept($"apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  kubernetes: {{version: 1.36.2}}\n  {join}", other.Files).Intent) with { NodeName = "worker-7" };
        return Bootstrap.Describe(intent, Wanted.Facts).SelectMany(step => step.Resources).OfType<KubeadmWorker>().Single();
    }
}
