using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Clusters;

/// <summary>Membership of a cluster, whichever way it is come by. Inspected by what proves it, never by health.</summary>
/// <param name="NodeName">The node's name in the cluster.</param>
/// <param name="Timeout">For the join, and again for its verification.</param>
internal abstract record ClusterMembership(string NodeName, TimeSpan Timeout) : Resource(IdPrefix + NodeName)
{
    /// <summary>How the ids of memberships begin in the ledger.</summary>
    public const string IdPrefix = "membership:";

    /// <summary>The membership that a node's steps want; null when none does.</summary>
    public static ClusterMembership? In(IEnumerable<DescribedStep> steps) =>
        steps.SelectMany(step => step.Resources).OfType<ClusterMembership>().FirstOrDefault();

    /// <summary>What the node's files prove.</summary>
    public abstract Membership Look(Host host);

    /// <summary>Ends a join that has made a member, also one that was cut off right then: makes its files durable, removes what only a
    /// join in progress needs. Does nothing the second time.</summary>
    public abstract void Settle(Host host);
}
