using Slipway.Clusters;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Tests.Clusters;

/// <summary>The node's address is one that it has, or a failure that lists those it has.</summary>
public sealed class NodeAddressTests
{
    private static readonly HostPort Endpoint = new("127.0.0.1", 6443);

    [Fact]
    public void Auto_is_the_source_address_of_the_route_to_the_API_server() =>
        Assert.Equal("127.0.0.1", NodeAddress.Choose(new NodeIp.Auto(), Endpoint));

    [Fact]
    public void A_network_an_address_and_an_interface_choose_the_nodes_own_address()
    {
        var own = Network.Addresses() is [var first, ..] ? first.Address : null;
        Assert.SkipWhen(own is null, "this machine has no address but loopback");
        Assert.Equal(own.ToString(), NodeAddress.Choose(NodeIp.TryParse(NodeIp.Masked($"{own}/{(own.ToString().Contains(':', StringComparison.Ordinal) ? 64 : 24)}")!)!, Endpoint));
        Assert.Equal(own.ToString(), NodeAddress.Choose(new NodeIp.Addresses([own]), Endpoint));
        Assert.Equal(own.ToString(),
            NodeAddress.Choose(new NodeIp.OfInterface(Network.Addresses()[0].Interface), Endpoint));
    }

    public static TheoryData<string> Strange => ["203.0.113.77", "203.0.113.0/24", "interface:nosuch0", "203.0.113.77,2001:db8::7"];

    [Theory]
    [MemberData(nameof(Strange))]
    public void An_address_that_the_node_has_not_is_refused(string text)
    {
        var failure = Assert.Throws<FailureException>(() => NodeAddress.Choose(NodeIp.TryParse(text)!, Endpoint)).Failure;
        Assert.Equal("node.ip-not-found", failure.Code);
        Assert.All(Network.Addresses(), own => Assert.Contains(own.Address.ToString(), failure.What, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_does_not_resolve_is_no_route() => Assert.Throws<FailureException>(() =>
        NodeAddress.Choose(new NodeIp.Auto(), new HostPort("no-such-host.invalid", 6443)));
}
