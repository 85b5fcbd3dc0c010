using Slipway.Reporting;

namespace Slipway.Engine;

/// <summary>What inspecting a resource showed.</summary>
internal abstract record Finding
{
    private Finding()
    {
    }

    /// <summary>It is as it should be: nothing to do.</summary>
    public sealed record AsWanted : Finding;

    /// <summary>It has no meaning on this machine.</summary>
    /// <param name="Why">The reason, for the plan.</param>
    public sealed record NotApplicable(string Why) : Finding;

    /// <summary>It is not as it should be, and applying would make it so.</summary>
    /// <param name="What">The change in words: "install containerd 2.3.4", "write /etc/crictl.yaml".</param>
    /// <param name="Before">What stands there now, for the ledger; empty when nothing does.</param>
    public sealed record Differs(string What, string Before = "") : Finding;

    /// <summary>It is not as it should be, and making it so would destroy what is not ours.</summary>
    /// <param name="Failure">What stands in the way.</param>
    public sealed record Refused(Failure Failure) : Finding;
}
