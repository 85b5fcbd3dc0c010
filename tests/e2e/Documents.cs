using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Slipway.E2E;

/// <summary>NodeConfigs to be found rather than joined with, and what the agent says of them.</summary>
internal static class Documents
{
    /// <summary>A worker's NodeConfig; its cluster does not exist.</summary>
    /// <param name="name">Name of the node: tells which document was found.</param>
    /// <param name="more">Further lines of <c>spec</c>, indented by two.</param>
    public static string NodeConfig(string name, string more = "") => $$"""
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {version: 1.36.2}
          node: {name: "{{name}}"}
          join:
            kubeadm:
              join:
                apiServerEndpoint: 192.0.2.1:6443
                token: abcdef.0123456789abcdef
                caCertHashes: ["sha256:{{new string('4', 64)}}"]
        {{more}}
        """;

    /// <summary>A text packed, as what is larger than a platform's limit has to be.</summary>
    public static byte[] Gzip(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.SmallestSize))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }
        return buffer.ToArray();
    }

    /// <summary>A text as a block of an outer one.</summary>
    public static string Indented(string text, int by) => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => new string(' ', by) + line));

    /// <summary>The node's name, and the digest over all of the document, that a configuration from some sources has.</summary>
    /// <param name="node">Where to look.</param>
    /// <param name="sources">Names of sources; none for the automatic choice.</param>
    public static async Task<FoundDocument> FindAsync(this Machine node, params string[] sources)
    {
        var from = string.Concat(sources.Select(source => $" --config-source {source}"));
        using var check = await JsonAsync(node, $"slipway config check{from} --output json");
        using var show = await JsonAsync(node, $"slipway config show{from} --output json");
        var document = show.RootElement.GetProperty("document");
        return new FoundDocument(
            document.GetProperty("spec").GetProperty("node").GetProperty("name").GetString()!,
            check.RootElement.GetProperty("configSha256").GetString()!,
            check.RootElement.GetProperty("source").GetString()!,
            document.GetRawText());
    }

    private static async Task<JsonDocument> JsonAsync(Machine node, string command)
    {
        var answer = await node.RunAsync($"{command} 2>/run/lab-errors || {{ cat /run/lab-errors; false; }}");
        Assert.True(answer.Exit == 0, $"{command}: {answer.Output}");
        return JsonDocument.Parse(answer.Output);
    }
}

/// <summary>What the agent found.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Sha256">Digest over the whole document, secrets too.</param>
/// <param name="Source">The source or sources it came from.</param>
/// <param name="Text">The document, redacted, as JSON.</param>
internal sealed record FoundDocument(string Name, string Sha256, string Source, string Text);
