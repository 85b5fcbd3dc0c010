using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>A file, or the <c>.yaml</c>, <c>.yml</c> and <c>.json</c> files of a directory in name order.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="OnNode">Whether the path is the node's (below its root) or the caller's own.</param>
internal sealed record FileSource(string Path, bool OnNode) : ConfigSource($"file://{Path}")
{
    /// <inheritdoc/>
    public override Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var files = OnNode ? host.Files : new FileTree("/");
        if (!files.Exists(Path))
        {
            return Task.FromResult<SourceResult>(new SourceResult.Absent($"{Path} does not exist"));
        }
        var payloads = new List<Payload>();
        foreach (var path in Documents(files))
        {
            switch (PayloadDecoder.Decode(files.ReadBytes(path, PayloadDecoder.MaxBytes) ?? [], null))
            {
                case DecodeResult.Decoded decoded:
                    payloads.Add(new Payload(decoded.Bytes, new TextOrigin(Name, path)));
                    break;
                case DecodeResult.Undecodable broken:
                    return Task.FromResult<SourceResult>(
                        new SourceResult.Malformed(broken.Failure with { What = $"{path}: {broken.Failure.What}" }));
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
        return Task.FromResult<SourceResult>(payloads.Count > 0
            ? new SourceResult.Found(payloads, Config.InstanceData.None)
            : new SourceResult.Absent($"{Path} holds no .yaml, .yml or .json file"));
    }

    private IEnumerable<string> Documents(FileTree files) =>
        files.IsDirectory(Path)
            ? files.List(Path).Where(name => System.IO.Path.GetExtension(name).ToLowerInvariant() is ".yaml" or ".yml" or ".json")
                .Select(name => $"{Path.TrimEnd('/')}/{name}")
            : [Path];
}
