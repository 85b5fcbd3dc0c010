using Slipway.Clusters;

namespace Slipway.Tests.Clusters;

/// <summary>What proves membership: this name, this cluster's CA, a certificate that still counts. Health plays no part.</summary>
public sealed class MembershipTests : IDisposable
{
    private const string Pki = "/var/lib/kubelet/pki";
    private readonly Node node = new();
    private readonly Cluster cluster = new();

    public void Dispose()
    {
        cluster.Dispose();
        node.Dispose();
    }

    [Fact]
    public void A_node_without_a_kubeconfig_is_no_member() => Assert.Contains("does not exist", None().Why, StringComparison.Ordinal);

    [Fact]
    public void A_joined_node_is_a_member_though_nothing_answers()
    {
        Join(cluster, cluster.Client("worker-7"));
        var member = Assert.IsType<Membership.Member>(Look());
        Assert.Equal("https://10.0.0.10:6443/", member.Server.ToString());
        Assert.DoesNotContain("PRIVATE KEY", member.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_kubelets_own_link_to_its_newest_certificate_is_followed_below_the_root()
    {
        Join(cluster, cluster.Client("worker-7"));
        File.Move(node[$"{Pki}/kubelet-client-current.pem"], node[$"{Pki}/kubelet-client-2026.pem"]);
        File.CreateSymbolicLink(node[$"{Pki}/kubelet-client-current.pem"], $"{Pki}/kubelet-client-2026.pem");
        Assert.IsType<Membership.Member>(Look());
    }

    [Fact]
    public void An_expired_certificate_proves_nothing()
    {
        Join(cluster, cluster.Client("worker-7", DateTimeOffset.UtcNow.AddMinutes(-1)));
        Assert.Contains("expired", None().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_of_another_cluster_is_told_so()
    {
        using var other = new Cluster();
        Join(other, other.Client("worker-7"));
        Assert.Equal("join.other-cluster", Assert.IsType<Membership.Other>(Look()).Failure.Code);
    }

    [Fact]
    public void A_member_under_another_name_is_told_so()
    {
        Join(cluster, cluster.Client("worker-8"));
        var failure = Assert.IsType<Membership.Other>(Look()).Failure;
        Assert.Equal("join.other-node", failure.Code);
        Assert.Contains("worker-8", failure.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("{")]
    [InlineData("clusters: []\nusers: []")]
    [InlineData("clusters: [{cluster: {server: 5, certificate-authority-data: '%%%'}}]\nusers: [{user: {client-certificate: relative.pem}}]")]
    public void A_kubeconfig_that_is_garbage_proves_nothing(string text)
    {
        node.Put(Membership.KubeletConf, text);
        None();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("half a file")]
    public void A_client_certificate_that_is_garbage_proves_nothing(string pem)
    {
        Join(cluster, pem);
        None();
    }

    [Fact]
    public void Any_of_several_pins_will_do_and_case_does_not_matter()
    {
        Assert.True(new ClusterTrust.Pins([$"sha256:{new string('0', 64)}", cluster.Pin]).Includes(cluster.Pem));
        Assert.True(new ClusterTrust.Pins(["SHA256:" + cluster.Pin[7..].ToUpperInvariant()]).Includes(cluster.Pem));
        Assert.False(new ClusterTrust.Pins([$"sha256:{new string('0', 64)}"]).Includes(cluster.Pem));
        Assert.False(new ClusterTrust.Pins([cluster.Pin]).Includes(""));
    }

    [Fact]
    public void A_bundle_of_CAs_is_the_clusters_when_one_of_them_is()
    {
        using var old = new Cluster();
        Assert.True(new ClusterTrust.Pins([cluster.Pin]).Includes(old.Pem + "\n" + cluster.Pem));
        Assert.Equal([old.Pin, cluster.Pin], new ClusterTrust.Authority(old.Pem + "\n" + cluster.Pem).Hashes());
        Assert.True(new ClusterTrust.Authority(cluster.Pem).Includes(cluster.Pem));
        Assert.False(new ClusterTrust.Authority(old.Pem).Includes(cluster.Pem));
    }

    private void Join(Cluster to, string client)
    {
        node.Put(Membership.KubeletConf, to.Kubeconfig());
        node.Put($"{Pki}/kubelet-client-current.pem", client);
    }

    private Membership Look() => Membership.Look(node.Files, "worker-7", new ClusterTrust.Pins([cluster.Pin]), DateTimeOffset.UtcNow);

    private Membership.None None() => Assert.IsType<Membership.None>(Look());
}
