using Slipway.Hosting;

namespace Slipway.Engine;

/// <summary>One thing a node is made of, and how to make it so.</summary>
/// <param name="Id">Stable name in plans and in the ledger, such as <c>file:/etc/crictl.yaml</c>.</param>
internal abstract record Resource(string Id)
{
    /// <summary>Looks, never touches.</summary>
    public abstract Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct);

    /// <summary>Long work that changes nothing the node uses, such as a download beside the final path. May run ahead and in parallel.</summary>
    public virtual Task PrepareAsync(Host host, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Throws away what was prepared and will not be applied.</summary>
    public virtual void Discard(Host host)
    {
    }

    /// <summary>Makes it so. Called only after an inspection found that it differs; may be called again after being cut off anywhere.</summary>
    public abstract Task ApplyAsync(Host host, CancellationToken ct);

    /// <summary>The folders that it puts something into. Those that do not exist yet are made, and go again on removal once they are empty.</summary>
    public virtual IReadOnlyList<string> Folders => [];

    /// <summary>What <see cref="After"/> will say once it was applied, where that is known in advance: removal then knows its own also when the
    /// change was cut off. Empty where it is not.</summary>
    public virtual string Expected => "";

    /// <summary>What stands there now that it was prepared and is about to be applied, for the ledger; empty for nothing.</summary>
    public virtual string Before(Host host, Finding.Differs found) => found.Before;

    /// <summary>What stands there now, for the ledger, once it was applied: removal compares. Empty where there is nothing to compare.</summary>
    public virtual string After(Host host) => Expected;

    /// <summary>Takes it away again, and puts back what stood there before. What others changed since, or use, is left.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="trace">What the ledger knows of it.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <returns>What was left and why, for the operator; empty when nothing was.</returns>
    /// <remarks>May be called again after being cut off anywhere. What keeps it from its work is a failure, and it stays ours.</remarks>
    public abstract Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct);

    /// <summary>Lets what was there before work again, once everything of ours is gone: a service that ran.</summary>
    public virtual Task ReviveAsync(Host host, Trace trace, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>How closely an inspection looks.</summary>
internal enum Scrutiny
{
    /// <summary>Sizes and times where content is large: for every boot.</summary>
    Quick,

    /// <summary>Every byte: for <c>status</c> and <c>run --repair</c>.</summary>
    Thorough,
}

/// <summary>A part of the bootstrap that can be described without touching anything.</summary>
/// <typeparam name="TIntent">What is wanted of this node.</typeparam>
internal interface IStep<in TIntent>
{
    /// <summary>The name in logs and in <c>SLIPWAY_STEP</c>.</summary>
    string Name { get; }

    /// <summary>What must be true of this node. Pure: same intent and facts, same answer.</summary>
    IReadOnlyList<Resource> Describe(TIntent intent, Facts facts);
}

/// <summary>A step with the resources it wants of this node.</summary>
/// <param name="Name">The step's name.</param>
/// <param name="Resources">In the order in which they are applied.</param>
internal sealed record DescribedStep(string Name, IReadOnlyList<Resource> Resources);
