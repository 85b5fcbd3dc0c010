using System.Text;
using Slipway.Config;
using Slipway.Fuzz;

namespace Slipway.Tests.Config;

/// <summary>Laws that hold for whatever document there is; a failure names the dice's seed.</summary>
public sealed class PropertyTests
{
    private const int Times = 400;

    [Fact]
    public void A_tree_that_is_written_as_YAML_reads_back_as_itself() => ForAll(generator =>
    {
        ConfigNode tree = generator.Tree(5);
        string text = generator.Text(tree);
        ReadResult read = YamlReader.Read(text, "f");
        Assert.True(read.Problems.Count == 0, $"{string.Join('\n', read.Problems)}\n{text}");
        Assert.Equal(Promises.Json(tree), read.Documents.Count == 0 ? "null" : Promises.Json(read.Documents[0]));
    });

    [Fact]
    public void A_document_that_is_printed_or_saved_reads_back_as_itself() => ForAll(generator =>
    {
        MappingNode merged = Fold.Documents([generator.NodeConfig()]);
        Assert.Equal(NodeConfigJson.Id(merged), NodeConfigJson.Id(Only(NodeConfigJson.Read(Encoding.UTF8.GetString(NodeConfigJson.Write(merged)), "f"))));
        string shown = ConfigPrinter.Text(merged);
        Assert.Equal(WithoutOrigin(shown), WithoutOrigin(ConfigPrinter.Text(Only(YamlReader.Read(shown, "made")))));
    });

    [Fact]
    public void An_empty_document_changes_nothing_wherever_it_stands() => ForAll(generator =>
    {
        (MappingNode a, MappingNode b) = (generator.NodeConfig(), generator.NodeConfig());
        MappingNode empty = Documents.Tree("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n");
        string id = NodeConfigJson.Id(Fold.Documents([a, b]));
        Assert.All((MappingNode[][])[[empty, a, b], [a, empty, b], [a, b, empty]], documents => Assert.Equal(id, NodeConfigJson.Id(Fold.Documents(documents))));
    });

    [Fact]
    public void What_is_present_in_the_last_document_wins() => ForAll(generator =>
    {
        (MappingNode a, MappingNode b) = (generator.NodeConfig(), generator.NodeConfig());
        Promises.Wins(b, Fold.Documents([a, b]));
    });

    [Fact]
    public void What_only_an_earlier_document_has_stays() => ForAll(generator =>
    {
        MappingNode a = Fold.Documents([generator.NodeConfig()]);
        MappingNode b = Documents.Spec("node: {name: other}");
        HashSet<string> merged = [.. ConfigLeaf.Of(Fold.Documents([a, b])).Select(leaf => $"{leaf.Path} {Promises.Json(leaf.Node)}")];
        Assert.All(ConfigLeaf.Of(a).Where(leaf => leaf.Path is not ("spec.node.name" or "spec.node")), leaf => Assert.Contains($"{leaf.Path} {Promises.Json(leaf.Node)}", merged));
    });

    [Fact]
    public void It_does_not_matter_in_how_many_steps_documents_are_folded() => ForAll(generator =>
    {
        // Without nulls: one unsets what lies below it, which a fold of the upper two alone cannot know.
        MappingNode[] three = [.. Enumerable.Range(0, 3).Select(_ => Fold.Documents([generator.NodeConfig()]))];
        string id = NodeConfigJson.Id(Fold.Documents(three));
        Assert.Equal(id, NodeConfigJson.Id(Fold.Documents([Fold.Documents(three[..2]), three[2]])));
        Assert.Equal(id, NodeConfigJson.Id(Fold.Documents([three[0], Fold.Documents(three[1..])])));
    });

    [Theory]
    [InlineData("", false, false)]
    [InlineData("text/plain", false, false)]
    [InlineData("gzip", true, false)]
    [InlineData("gz", true, false)]
    [InlineData("base64", false, true)]
    [InlineData("b64", false, true)]
    [InlineData("gzip+base64", true, true)]
    [InlineData("gz+base64", true, true)]
    [InlineData("gzip+b64", true, true)]
    [InlineData("gz+b64", true, true)]
    public void What_is_encoded_decodes_to_itself(string encoding, bool gzip, bool base64)
    {
        var dice = new Dice(11);
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = new byte[dice.Length(100_000)];
            for (int at = 0; at < bytes.Length; at++)
            {
                // Half noise, half text that packs well. Not at the start: what begins as gzip or a byte order mark is taken for it.
                bytes[at] = i % 2 == 0 && at > 0 ? (byte)dice.Next() : (byte)('a' + dice.Below(3));
            }

            byte[] encoded = gzip ? Documents.Gzip(bytes) : bytes;
            encoded = base64 ? Encoding.ASCII.GetBytes(Convert.ToBase64String(encoded, dice.OneIn(2) ? Base64FormattingOptions.InsertLineBreaks : default)) : encoded;
            var decoded = Assert.IsType<DecodeResult.Decoded>(PayloadDecoder.Decode(encoded, encoding));
            Assert.True(bytes.AsSpan().SequenceEqual(decoded.Bytes.Span), $"{encoding}, number {i}");
            Assert.Empty(decoded.Warnings);
        }
    }

    private static void ForAll(Action<Generator> law)
    {
        for (ulong seed = 1; seed <= Times; seed++)
        {
            try
            {
                law(new Generator(new Dice(seed)));
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"with seed {seed}: {error.Message}", error);
            }
        }
    }

    private static MappingNode Only(ReadResult read)
    {
        Assert.Empty(read.Problems);
        return Assert.IsType<MappingNode>(Assert.Single(read.Documents));
    }

    private static IEnumerable<string> WithoutOrigin(string text) => text.Split('\n').Select(line => line.LastIndexOf("  # ", StringComparison.Ordinal) is >= 0 and var at ? line[..at] : line);
}
