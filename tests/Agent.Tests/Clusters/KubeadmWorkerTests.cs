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
    public async Task Our_own_member_whose_certificate_expired_may_join_again_and_never_in_anothers_place()
    {
        Join("worker-7", DateTimeOffset.UtcNow.AddDays(-1));
        Assert.Equal("join.leftover-state", Assert.IsType<Finding.Refused>(await InspectAsync()).Failure.Code);
        node.Put("/var/lib/slipway/join", "joined\n");
        Assert.IsType<Finding.Differs>(await InspectAsync());
        Join("worker-8");
        Assert.Equal("join.other-node", Assert.IsType<Finding.Refused>(await InspectAsync()).Failure.Code);
    }

    private void Join(string name, DateTimeOffset? until = null)
    {
        node.Put("/etc/kubernetes/kubelet.conf", cluster.Kubeconfig());
        node.Put("/var/lib/kubelet/pki/kubelet-client-current.pem", cluster.Client(name, until));
    }

    private Task<Finding> InspectAsync()
    {
        var intent = Wanted.Worker("  node: {name: worker-7}") with { NodeName = "worker-7" };
        return Bootstrap.Describe(intent, Wanted.Facts).SelectMany(step => step.Resources).OfType<KubeadmWorker>().Single()
            .InspectAsync(node.Host, Scrutiny.Quick, Ct);
    }
}
