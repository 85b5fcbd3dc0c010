namespace Slipway.Config;

/// <summary>
/// Where a secret comes from: given as its value, or read at the moment it is needed. One of <see cref="Literal"/>, <see cref="FromFile"/>,
/// <see cref="FromCredential"/>, <see cref="FromUrl"/>, <see cref="FromExec"/>, <see cref="Scrubbed"/>.
/// </summary>
internal abstract record SecretRef
{
    private SecretRef()
    {
    }

    /// <summary>The value stands in the configuration.</summary>
    /// <param name="Value">The value.</param>
    internal sealed record Literal(Secret<string> Value) : SecretRef;

    /// <summary>The content of a file of the node, without the line break at its end.</summary>
    /// <param name="Path">An absolute path.</param>
    internal sealed record FromFile(string Path) : SecretRef;

    /// <summary>A systemd credential of the service (<c>LoadCredential=</c>, <c>ImportCredential=</c>), else of the machine.</summary>
    /// <param name="Name">The credential's name.</param>
    internal sealed record FromCredential(string Name) : SecretRef;

    /// <summary>The body of a GET.</summary>
    /// <param name="Url">An http or https address.</param>
    /// <param name="Headers">Request headers; their values may be secrets themselves.</param>
    internal sealed record FromUrl(Url Url, IReadOnlyDictionary<string, Secret<string>> Headers) : SecretRef;

    /// <summary>What a program prints.</summary>
    /// <param name="Argv">The program and its arguments, never through a shell.</param>
    internal sealed record FromExec(Secret<IReadOnlyList<string>> Argv) : SecretRef;

    /// <summary>It stood in the configuration once, was used, and has been removed from the saved copy.</summary>
    internal sealed record Scrubbed : SecretRef;
}
