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

    private void Join(string name, DateTimeOffset? until = null)
    {
        node.Put("/etc/kubernetes/kubelet.conf", cluster.Kubeconfig());
        node.Put("/var/lib/kubelet/pki/kubelet-client-current.pem", cluster.Client(name, until));
    }

    private Task<Finding> InspectAsync(Scrutiny scrutiny = Scrutiny.Quick) => Worker().InspectAsync(node.Host, scrutiny, Ct);

    private static KubeadmWorker Worker()
    {
        var intent = Wanted.Worker("  node: {name: worker-7}") with { NodeName = "worker-7" };
        return Bootstrap.Describe(intent, Wanted.Facts).SelectMany(step => step.Resources).OfType<KubeadmWorker>().Single();
    }
}
