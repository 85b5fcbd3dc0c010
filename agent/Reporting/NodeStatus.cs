using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Reporting;

/// <summary>Where this node stands: the content of <c>/run/slipway/status.json</c>. World-readable, so nothing secret is in it.</summary>
internal sealed record NodeStatus
{
    /// <summary>Where it lies.</summary>
    public const string FilePath = "/run/slipway/status.json";

    /// <summary>Version of this format.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The agent's version.</summary>
    public required string Version { get; init; }

    /// <summary>How far the run is.</summary>
    public Phase Phase { get; init; } = Phase.Starting;

    /// <summary>When this was written, UTC.</summary>
    public DateTimeOffset Updated { get; init; }

    /// <summary>The boot it belongs to.</summary>
    public string BootId { get; init; } = "";

    /// <summary>The source of the configuration.</summary>
    public string Source { get; init; } = "";

    /// <summary>SHA-256 of the accepted configuration.</summary>
    public string ConfigSha256 { get; init; } = "";

    /// <summary>The node's name in the cluster.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>The Kubernetes version of this node.</summary>
    public string KubernetesVersion { get; init; } = "";

    /// <summary>The step at work, as <c>4/11 containerd</c>; empty between steps.</summary>
    public string Step { get; init; } = "";

    /// <summary>The steps that this run has done.</summary>
    public IReadOnlyList<StepStatus> StepsDone { get; init; } = [];

    /// <summary>What differs from the configuration or is not healthy, and was left alone.</summary>
    public IReadOnlyList<string> Drift { get; init; } = [];

    /// <summary>Why the last run failed; absent when it did not.</summary>
    public ErrorStatus? LastError { get; init; }

    /// <summary>This status as the bytes of its file.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StatusJson.Default.NodeStatus);

    /// <summary>Reads a status file; null when it is not one.</summary>
    public static NodeStatus? FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StatusJson.Default.NodeStatus);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A step that was done.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Changed">How many resources it changed.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record StepStatus(string Name, int Changed, double Seconds);

/// <summary>A failure for scripts.</summary>
/// <param name="Code">Its stable code.</param>
/// <param name="Message">What happened.</param>
/// <param name="Fix">What to do.</param>
internal sealed record ErrorStatus(string Code, string Message, string Fix);

/// <summary>How far a run is.</summary>
internal enum Phase
{
    /// <summary>Looking for its configuration.</summary>
    Starting,

    /// <summary>Putting the node's parts in place.</summary>
    Converging,

    /// <summary>A member of the cluster that is being verified.</summary>
    Verifying,

    /// <summary>All but the join is done, as <c>join.mode</c> asked.</summary>
    Prepared,

    /// <summary>A verified member of the cluster.</summary>
    Joined,

    /// <summary>Ended with an error.</summary>
    Failed,

    /// <summary>No source has a configuration.</summary>
    Unconfigured,
}

/// <summary>The status file's JSON, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
