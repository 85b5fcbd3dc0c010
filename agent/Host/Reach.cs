namespace Slipway.Hosting;

/// <summary>How others are reached, where the operator says more than the environment does.</summary>
internal sealed record Reach
{
    /// <summary>The proxy for http, perhaps with credentials; null takes the environment's.</summary>
    public string? HttpProxy { get; init; }

    /// <summary>The proxy for https, perhaps with credentials; null takes the environment's.</summary>
    public string? HttpsProxy { get; init; }

    /// <summary>Hosts, domains and networks reached without a proxy.</summary>
    public IReadOnlyList<string> NoProxy { get; init; } = [];

    /// <summary>CA certificates trusted beside the system's, PEM.</summary>
    public string? TrustedCAs { get; init; }

    /// <summary>The vsock context id of the peer that answers for guestinfo.</summary>
    public uint GuestinfoContextId { get; init; }

    /// <summary>Never the proxies, which may carry credentials.</summary>
    public override string ToString() => nameof(Reach);
}
