using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class YamlReaderTests
{
    [Fact]
    public void Every_value_knows_its_line_and_column()
    {
        MappingNode root = Documents.Tree("a: 1\nb:\n  c: [x, yes]\n", "f");
        MappingEntry inner = Assert.IsType<MappingNode>(root.Find("b")).Entries[0];
        Assert.Equal("f:3:3", inner.KeyAt.ToString());
        Assert.Equal("f:3:10", Assert.IsType<SequenceNode>(inner.Value).Items[1].At.ToString());
    }

    [Fact]
    public void Every_value_of_json_knows_its_line_and_column()
    {
        MappingNode root = Documents.Tree("{\"é😀\": 1,\t\"b\":\r\n\t{\"c\": [true, null]}}", "f");
        Assert.Equal(["f:1:2", "f:1:12"], root.Entries.Select(e => e.KeyAt.ToString()));
        Assert.Equal("f:2:9", Assert.IsType<SequenceNode>(Assert.IsType<MappingNode>(root.Find("b")).Find("c")).Items[0].At.ToString());
    }

    [Theory]
    [InlineData("1.30", (int)ScalarKind.Fraction)]
    [InlineData("0x1F", (int)ScalarKind.Whole)]
    [InlineData("012", (int)ScalarKind.Whole)]
    [InlineData("yes", (int)ScalarKind.Text)]
    [InlineData("on", (int)ScalarKind.Text)]
    [InlineData("True", (int)ScalarKind.Boolean)]
    [InlineData("\"true\"", (int)ScalarKind.Text)]
    [InlineData("!!str true", (int)ScalarKind.Text)]
    [InlineData(".inf", (int)ScalarKind.Text)]
    public void Scalars_are_those_of_the_core_schema(string text, int kind) =>
        Assert.Equal((ScalarKind)kind, Assert.IsType<ScalarNode>(Documents.Tree("a: " + text).Find("a")).Kind);

    [Fact]
    public void A_number_keeps_the_characters_it_was_written_with() =>
        Assert.Equal("1.30", Assert.IsType<ScalarNode>(Documents.Tree("version: 1.30").Find("version")).Raw);

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3\n", "config.duplicate-field", 3, 1)]
    [InlineData("{\"a\": 1, \"a\": 2}", "config.duplicate-field", 1, 10)]
    [InlineData("a: [1, 2\nb: 3\n", "config.syntax", 2, 0)]
    [InlineData("{\"a\": 1,\n \"b\" 2}", "config.syntax", 2, 6)]
    [InlineData("{\"a\": \"\\ud800\"}", "config.syntax", 1, 0)]
    [InlineData("a: \"unterminated\n", "config.syntax", 0, 0)]
    [InlineData("a: *nowhere\n", "config.alias-refused", 1, 4)]
    [InlineData("a: &x [*x]\n", "config.alias-refused", 1, 8)]
    [InlineData("a: !!binary aGk=\n", "config.tag-unsupported", 1, 0)]
    [InlineData("? [a]\n: 1\n", "config.syntax", 0, 0)]
    public void Mistakes_are_named_with_their_place(string text, string code, int line, int column)
    {
        Problem problem = Assert.Single(YamlReader.Read(text, "f").Problems);
        Assert.Equal(code, problem.Code);
        Assert.True(line == 0 || problem.At.Line == line, problem.ToString());
        Assert.True(column == 0 || problem.At.Column == column, problem.ToString());
    }

    [Fact]
    public void Aliases_and_merge_keys_are_resolved()
    {
        MappingNode root = Documents.Tree("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nagain: *b\n");
        MappingNode use = Assert.IsType<MappingNode>(root.Find("use"));
        Assert.Equal("3", Assert.IsType<ScalarNode>(use.Find("y")).Raw);
        Assert.Equal("1", Assert.IsType<ScalarNode>(use.Find("x")).Raw);
        Assert.Equal(2, Assert.IsType<MappingNode>(root.Find("again")).Entries.Count);
    }

    [Fact]
    public void A_billion_laughs_are_refused_at_once()
    {
        string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(Enumerable.Range(1, 12).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Equal("config.alias-refused", Assert.Single(YamlReader.Read(laughs, "f").Problems).Code);
    }

    [Theory]
    [InlineData("[", "")]
    [InlineData("{\"a\":", "")]
    [InlineData("{a: ", "")]
    [InlineData("- ", "x")]
    public void Nesting_without_end_is_refused(string open, string inside)
    {
        string text = string.Concat(Enumerable.Repeat(open, 10_000)) + inside;
        Assert.Contains(Assert.Single(YamlReader.Read(text, "f").Problems).Code, (string[])["config.too-deep", "config.syntax"]);
    }

    [Fact]
    public void Several_documents_are_read_and_empty_ones_passed_over() =>
        Assert.Equal(2, YamlReader.Read("\uFEFF---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n", "f").Documents.Count);

    [Fact]
    public void What_is_not_utf8_is_named_with_its_place()
    {
        Assert.Null(Utf8Text.Decode([(byte)'a', (byte)'\n', (byte)'b', 0xff], new TextOrigin("", "f"), out Problem? problem));
        Assert.Equal(("config.utf8-invalid", "f:2:2"), (problem!.Code, problem.At.ToString()));
    }

    [Fact]
    public void A_syntax_error_does_not_repeat_what_was_written()
    {
        foreach (string text in (string[])["{\"token\": t" + Documents.CanaryToken + "}", "{\"token\": \"" + Documents.CanaryToken, "token: \"" + Documents.CanaryToken, "a: *" + Documents.CanaryToken])
        {
            Assert.DoesNotContain("anary", string.Join('\n', YamlReader.Read(text, "f").Problems), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"a\": 1, ")]
    public void Of_a_mistake_made_ten_thousand_times_the_first_are_told(string start)
    {
        string text = start.Length == 0
            ? string.Concat(Enumerable.Repeat("a: 1\n", 10_000))
            : start + string.Join(", ", Enumerable.Repeat("\"a\": 1", 10_000)) + "}";
        Assert.Equal(SchemaCheck.MaxProblems, YamlReader.Read(text, "f").Problems.Count);
    }
}
