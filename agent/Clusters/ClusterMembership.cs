using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Clusters;

/// <summary>Membership of a cluster, whichever way it is come by. Inspected by what proves it, never by health.</summary>
/// <param name="NodeName">The node's name in the cluster.</param>
/// <param name="Timeout">For the join, and again for its verification.</param>
internal abstract record ClusterMembership(string NodeName, TimeSpan Timeout) : Resource($"membership:{NodeName}")
{
    /// <summary>What the node's files prove.</summary>
    public abstract Membership Look(Host host);
}
