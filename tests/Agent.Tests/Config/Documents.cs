using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>Documents for tests, and short ways to read them.</summary>
internal static class Documents
{
    public const string CanaryToken = "canary.0123456789abcdef";
    public const string CanaryKey = "ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a";
    public const string CanaryCode = "CANARY-activation-code-CANARY";
    public const string CanaryPassword = "CANARYpassword";

    public const string Worker = """
        apiVersion: slipway.dev/v1alpha1
        kind: NodeConfig
        spec:
          kubernetes: {version: 1.36.2}
          node:
            name: worker-7
            labels: {rack: b2}
          join:
            kubeadm:
              join:
                apiServerEndpoint: 10.0.0.10:6443
                token: canary.0123456789abcdef
                caCertHashes: ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]

        """;

    public static MappingNode Tree(string text, string file = "test.yaml")
    {
        ReadResult result = YamlReader.Read(text, file);
        Assert.Empty(result.Problems);
        return Assert.IsType<MappingNode>(Assert.Single(result.Documents));
    }

    public static MappingNode Spec(string spec, string file = "test.yaml") => Tree(
        "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n" + string.Join('\n', spec.Split('\n').Select(line => "  " + line)), file);

    public static NodeConfigResult.Valid Valid(params ConfigNode[] documents)
    {
        NodeConfigResult result = NodeConfigReader.Read(documents);
        return result is NodeConfigResult.Valid valid
            ? valid
            : throw new InvalidOperationException(string.Join('\n', ((NodeConfigResult.Invalid)result).Problems));
    }

    public static IReadOnlyList<Problem> Problems(params ConfigNode[] documents) =>
        Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read(documents)).Problems;

    public static TextOrigin Origin { get; } = new("nocloud:", "user-data");

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
