namespace Slipway.Reporting;

/// <summary>A kind of thing that the journal tells of. Each has a catalog entry, so that <c>journalctl -x</c> explains it.</summary>
/// <param name="MessageId">128-bit id in hex, as <c>MESSAGE_ID</c> wants it (sd-id128).</param>
internal sealed record EventKind(string MessageId)
{
    /// <summary>The agent began.</summary>
    public static EventKind Started { get; } = new("40ee49a673e34868b900105d7dc8864c");

    /// <summary>A configuration source was chosen.</summary>
    public static EventKind SourceChosen { get; } = new("042290d406b04f41aafd548d5e567404");

    /// <summary>The configuration is valid and the preconditions hold.</summary>
    public static EventKind Accepted { get; } = new("69f0204d6b7f451fb72d588961fa021b");

    /// <summary>A step began.</summary>
    public static EventKind StepBegun { get; } = new("2bd0a670255749d6955ade6a5c227ec6");

    /// <summary>A step ended well.</summary>
    public static EventKind StepDone { get; } = new("0717e81e1ac24936866bb03f756a4170");

    /// <summary>Something was changed on the node.</summary>
    public static EventKind Changed { get; } = new("1b17f6ed8aa14df38a28d6b16a09ae1b");

    /// <summary>Something failed that may pass; it will be tried again.</summary>
    public static EventKind Retrying { get; } = new("6a9171bbdf5949e9b2776357da95adf0");

    /// <summary>A file was downloaded and verified.</summary>
    public static EventKind Fetched { get; } = new("e141a09e14614988ad6cde79e7481a6c");

    /// <summary>The node is a member of its cluster.</summary>
    public static EventKind Joined { get; } = new("79197e6a47c941e695bd9f260c2e897d");

    /// <summary>The node is a member and was seen to work.</summary>
    public static EventKind Verified { get; } = new("df9743164b1942589b72d559e9f663a7");

    /// <summary>The node is not as its configuration says, or not healthy, and is left alone.</summary>
    public static EventKind Drift { get; } = new("fa8d31681dff47129c50c2c7b226a453");

    /// <summary>The run ended well.</summary>
    public static EventKind Succeeded { get; } = new("a3cd946925fe4cf68c64ac96c84d194d");

    /// <summary>The run failed.</summary>
    public static EventKind Failed { get; } = new("983e75e8879e4fb497ac7d07740b4377");

    /// <summary>Something deserves attention and does not stop the run.</summary>
    public static EventKind Warning { get; } = new("dc0ad1aaffc749e9af8d92e275351c22");
}
