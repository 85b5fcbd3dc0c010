using Serilog.Events;

namespace Slipway.Commands;

/// <summary>The options that mean the same for every command.</summary>
internal sealed record GlobalOptions
{
    /// <summary>The sources named with <c>--config-source</c>, in order.</summary>
    public required IReadOnlyList<string> ConfigSources { get; init; }

    /// <summary>The directory that is the node's <c>/</c>.</summary>
    public required string Root { get; init; }

    /// <summary>How results are printed.</summary>
    public required OutputFormat Output { get; init; }

    /// <summary>From which level on the log is written.</summary>
    public required LogEventLevel LogLevel { get; init; }

    /// <summary>Whether colour may be used where the output is a terminal.</summary>
    public required bool Colour { get; init; }
}

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For scripts; each kind has a <c>schemaVersion</c>.</summary>
    Json,

    /// <summary>A document, for <c>config show</c>.</summary>
    Yaml,
}
