using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>Standard input, for pipelines and for trying a document out.</summary>
internal sealed record StandardInputSource() : ConfigSource("-")
{
    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var bytes = await FileTree.ReadStandardInputAsync(Config.PayloadDecoder.MaxBytes, ct);
        return bytes is null
            ? new SourceResult.Malformed(new Failure("config.too-large", "standard input is larger than 16 MiB"))
            : Decode(bytes, null, "standard input");
    }
}
