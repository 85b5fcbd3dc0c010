using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class QuotingTests
{
    [Theory]
    [InlineData("did not find expected ',' or ']'.", "did not find expected ',' or ']'.")]
    [InlineData("'x' is an invalid start of a value.", "'x' is an invalid start of a value.")]
    [InlineData("'tru' is an invalid JSON literal. Expected the literal 'true'.", "the text here is an invalid JSON literal. Expected the literal 'true'.")]
    [InlineData("'t'canary' is an invalid JSON literal. Expected the literal 'true'.", "the text here is an invalid JSON literal. Expected the literal 'true'.")]
    [InlineData("'t'canary'x' is wrong", "the text here is wrong")]
    [InlineData("an unclosed 'canary", "an unclosed the text here")]
    [InlineData("no quotes", "no quotes")]
    public void A_parser_s_message_keeps_its_own_words_and_drops_the_input(string message, string shown) =>
        Assert.Equal(shown, Quoting.WithoutInput(message));

    [Fact]
    public void A_quote_in_broken_JSON_does_not_let_what_follows_into_the_message()
    {
        string problem = Assert.Single(YamlReader.Read("{\"a\": t'canary.0123456789abcdef\n", "f").Problems).ToString();
        Assert.DoesNotContain("canary", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }
}
