namespace Slipway.Config;

/// <summary>What a source says of the machine itself, apart from its user data: cloud-init calls it instance data.</summary>
/// <remarks>https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html</remarks>
internal sealed record InstanceData
{
    /// <summary>A source that says nothing of the machine.</summary>
    public static InstanceData None { get; } = new();

    /// <summary>What tells this instance from a clone of its disk; null when the source gives none.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The host name that the source gives the machine; null when it gives none.</summary>
    public string? LocalHostname { get; init; }

    /// <summary>The metadata as the source has it: what templates call <c>ds.meta_data</c>; null when there is none.</summary>
    public MappingNode? MetaData { get; init; }

    /// <summary>cloud-init's standardized values, <c>v1</c> in templates; null where cloud-init did not write them.</summary>
    public MappingNode? V1 { get; init; }
}
