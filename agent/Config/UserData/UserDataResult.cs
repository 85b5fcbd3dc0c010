namespace Slipway.Config;

/// <summary>
/// What user data holds for Slipway: <see cref="Found"/>, <see cref="NoDocuments"/> or <see cref="Malformed"/>.
/// </summary>
/// <param name="HasRuncmdJoin">Whether the user data's own commands run <c>kubeadm init|join</c> or <c>nodeadm init</c>.</param>
/// <param name="Warnings">What was passed over, and why.</param>
internal abstract record UserDataResult(bool HasRuncmdJoin, IReadOnlyList<Problem> Warnings)
{
    /// <summary>NodeConfig documents, in order; not yet checked against the schema.</summary>
    /// <param name="Documents">At least one document's root.</param>
    /// <param name="HasRuncmdJoin">See <see cref="UserDataResult"/>.</param>
    /// <param name="Warnings">See <see cref="UserDataResult"/>.</param>
    internal sealed record Found(IReadOnlyList<ConfigNode> Documents, bool HasRuncmdJoin, IReadOnlyList<Problem> Warnings)
        : UserDataResult(HasRuncmdJoin, Warnings);

    /// <summary>Nothing in it is meant for Slipway.</summary>
    /// <param name="Why">What it is instead: a clause.</param>
    /// <param name="HasRuncmdJoin">See <see cref="UserDataResult"/>.</param>
    /// <param name="Warnings">See <see cref="UserDataResult"/>.</param>
    internal sealed record NoDocuments(string Why, bool HasRuncmdJoin, IReadOnlyList<Problem> Warnings) : UserDataResult(HasRuncmdJoin, Warnings);

    /// <summary>It is meant for Slipway or cloud-init and cannot be read.</summary>
    /// <param name="Problems">Every mistake found.</param>
    /// <param name="HasRuncmdJoin">See <see cref="UserDataResult"/>.</param>
    /// <param name="Warnings">See <see cref="UserDataResult"/>.</param>
    internal sealed record Malformed(IReadOnlyList<Problem> Problems, bool HasRuncmdJoin, IReadOnlyList<Problem> Warnings)
        : UserDataResult(HasRuncmdJoin, Warnings);
}
