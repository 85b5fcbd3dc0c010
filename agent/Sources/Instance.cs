namespace Slipway.Sources;

/// <summary>What tells this machine from a clone of its disk.</summary>
/// <param name="Id">The instance id that the source of the configuration gave; null when it gave none.</param>
/// <param name="Machine">The SMBIOS UUID in lower case; empty where there is none, or it cannot be read.</param>
internal sealed record Instance(string? Id, string Machine)
{
    /// <summary>Whether the other is certainly another instance: what either does not know proves nothing.</summary>
    public bool IsOtherThan(Instance other) =>
        (Id is not null && other.Id is not null && Id != other.Id) || (Machine.Length > 0 && other.Machine.Length > 0 && Machine != other.Machine);

    /// <summary>For messages.</summary>
    public override string ToString() => Id ?? (Machine.Length > 0 ? $"machine {Machine}" : "unknown");
}
