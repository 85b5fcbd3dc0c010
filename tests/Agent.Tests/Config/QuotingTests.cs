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

    [Theory]
    [InlineData("proxy: {http: \"u:S3cret@h:3128\"}")]
    [InlineData("proxy: {https: \"http://u:S3cret/@h:3128\"}")]
    [InlineData("proxy: {noProxy: [\"u:S3cret/@h\"]}")]
    [InlineData("artifacts: {mirrors: [\"u:S3cret@m.example\"]}")]
    [InlineData("join: {kubeadm: {join: {apiServerEndpoint: \"u:S3cret@h\"}}}")]
    [InlineData("join: {kubeadm: {join: {discoveryFile: \"u:S3cret@h\"}}}")]
    public void A_password_in_an_address_that_is_none_is_not_shown(string spec)
    {
        IReadOnlyList<Problem> problems = SchemaCheck.Document(Documents.Spec(spec));
        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Assert.DoesNotContain("S3cret", $"{problem} {problem.Value} {problem.Nearest}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://u:S3cret/@h:3128", "http://***@h:3128")]
    [InlineData("http://h:80/@scope/x", "http://h:80/@scope/x")]
    [InlineData("http://[::1]/@scope", "http://[::1]/@scope")]
    public void A_password_with_a_slash_is_a_password(string text, string shown) => Assert.Equal(shown, Url.Redact(text));

    [Fact]
    public void A_quote_in_broken_JSON_does_not_let_what_follows_into_the_message()
    {
        string problem = Assert.Single(YamlReader.Read("{\"a\": t'canary.0123456789abcdef\n", "f").Problems).ToString();
        Assert.DoesNotContain("canary", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }
}
