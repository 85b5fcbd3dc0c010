using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>What all sources together gave.</summary>
internal abstract record Gathered
{
    private Gathered()
    {
    }

    /// <summary>There are documents for this node.</summary>
    public sealed record Found : Gathered
    {
        /// <summary>The documents in the order in which they fold; not yet checked.</summary>
        public required IReadOnlyList<ConfigNode> Documents { get; init; }

        /// <summary>Where they came from, for people: <c>cloud-init: + file:///etc/slipway/node.d</c>.</summary>
        public required string Source { get; init; }

        /// <summary>The source that was chosen or named, if one had documents; null when only files of the image or the operator did.</summary>
        public required string? Chosen { get; init; }

        /// <summary>SHA-256 of the chosen source's user data, in lower-case hex; null where none was chosen.</summary>
        public string? Fingerprint { get; init; }

        /// <summary>What the chosen source says of the machine itself.</summary>
        public required InstanceData Instance { get; init; }

        /// <summary>Whether the user data's own runcmd joins the node.</summary>
        public required bool UserDataJoins { get; init; }

        /// <summary>Why the other sources were not chosen.</summary>
        public required IReadOnlyList<string> NotChosen { get; init; }

        /// <summary>Oddities that were put up with.</summary>
        public required IReadOnlyList<Problem> Warnings { get; init; }
    }

    /// <summary>No source has anything for this node.</summary>
    /// <param name="Why">One clause a source.</param>
    public sealed record Nothing(IReadOnlyList<string> Why) : Gathered;

    /// <summary>A source that counts could not be read, or is broken.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(Failure Failure) : Gathered
    {
        /// <summary>Whether a source could not be asked, so that what it gave before still counts; what is broken stops the boot.</summary>
        public bool IsUnreachable { get; init; }
    }

    /// <summary>A document has mistakes.</summary>
    /// <param name="Problems">All of them.</param>
    public sealed record Wrong(IReadOnlyList<Problem> Problems) : Gathered;
}
