namespace Slipway.Config;

/// <summary>The operating system's settings.</summary>
/// <param name="Swap">What to do about swap.</param>
/// <param name="Sysctl">Kernel settings by name, values as written.</param>
/// <param name="Modules">Kernel modules to load.</param>
/// <param name="Firewall">What to do about a host firewall.</param>
/// <param name="TrustedCAs">CA certificates, PEM.</param>
internal sealed record SystemSection(
    SwapPolicy? Swap, IReadOnlyDictionary<string, string>? Sysctl, IReadOnlyList<string>? Modules, FirewallPolicy? Firewall, string? TrustedCAs);

/// <summary>What to do about swap.</summary>
internal enum SwapPolicy
{
    /// <summary>Turn it off, now and at later boots.</summary>
    Disable,

    /// <summary>Leave it on.</summary>
    Allow,

    /// <summary>Refuse a node that has it on.</summary>
    Refuse,
}

/// <summary>What to do about a host firewall.</summary>
internal enum FirewallPolicy
{
    /// <summary>Open the ports that the node needs.</summary>
    Open,

    /// <summary>Say which ports are closed.</summary>
    Report,

    /// <summary>Do not look.</summary>
    Ignore,
}
