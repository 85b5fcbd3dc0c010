using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>A message says where the mistake is, in words of the format and not of a library, and what was probably meant.</summary>
public sealed class MessageTests
{
    [Theory]
    [InlineData("{\"a\": 1,}", "there is a comma before the closing bracket")]
    [InlineData("{\"a\": [1, 2],\n  \"b\": {\"c\": 1,}}", "there is a comma before the closing bracket")]
    [InlineData("{\"a\": {\"b\": 1}", "a bracket that is opened is not closed")]
    public void A_mistake_in_JSON_is_told_in_words_of_JSON(string text, string what)
    {
        Problem problem = Assert.Single(YamlReader.Read(text, "f").Problems);
        Assert.Equal("config.syntax", problem.Code);
        Assert.Equal("not valid JSON: " + what, problem.Message);
    }

    [Theory]
    [InlineData("{\"a\": 1, // x\n\"b\": 2}")]
    [InlineData("{\"a\": /* x */ 1}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{\"a\": tru}")]
    [InlineData("{} {}")]
    public void No_mistake_in_JSON_speaks_of_a_reader(string text) =>
        Assert.DoesNotContain("reader", Assert.Single(YamlReader.Read(text, "f").Problems).Message, StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData("a:\n\tb: 1\n", "f:2:1")]
    [InlineData("a:\n  b:\n  \tc: 1\n  \td: 2\n", "f:3:3")]
    public void A_tab_is_told_where_it_stands(string text, string place)
    {
        Problem problem = Assert.Single(YamlReader.Read(text, "f").Problems);
        Assert.Equal(place, problem.At.ToString());
        Assert.Contains("a tab in the indentation", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: [1, 2\nb: 3\n")]
    [InlineData("a: b: c\n")]
    [InlineData("a: 'x\n")]
    [InlineData("a\nb: 1\n")]
    [InlineData("- a\nb: 1\n")]
    [InlineData("a: 1\n b: 2\n")]
    [InlineData("a: @x\n")]
    [InlineData("a: {b: 1\n")]
    [InlineData("%FOO\n---\n%\n")]
    [InlineData("a: \"\\q\"\n")]
    [InlineData("&")]
    [InlineData("a: !<\n")]
    public void A_mistake_in_YAML_is_never_told_without_a_reason(string text)
    {
        Problem problem = Assert.Single(YamlReader.Read(text, "f").Problems);
        Assert.True(problem.Message.Length > "not valid YAML: ".Length, problem.ToString());
        Assert.DoesNotContain("Exception", problem.Message, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(problem.ToString());
    }

    [Theory]
    [InlineData("fromCred", "fromCredential")]
    [InlineData("fromcred", "fromCredential")]
    [InlineData("fromFil", "fromFile")]
    [InlineData("fromUlr", "fromUrl")]
    public void A_name_that_was_begun_is_completed(string written, string meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["fromFile", "fromExec", "fromUrl", "fromCredential", "headers"]));

    [Fact]
    public void Flags_of_the_kubelet_are_sought_in_its_own_section()
    {
        Problem problem = Documents.Problems(Documents.Spec("kubernetes: {version: 1.36.2}\nkubelet:\n  extraArgs: {v: '2'}\njoin: {mode: prepare}"))
            .Single(problem => problem.Code == "config.unknown-field");
        Assert.Equal("flags", problem.Nearest);
        Assert.DoesNotContain("spec.join", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_boundary_is_told_with_the_lines_that_look_like_one()
    {
        const string text = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"==right==\"\n\n--==wrong==\n\nx\n--==wrong==--\n";
        Problem problem = Assert.Single(Assert.IsType<UserDataResult.Malformed>(UserData.FindDocuments(Encoding.UTF8.GetBytes(text), Documents.Origin)).Problems);
        Assert.Equal("config.mime-invalid", problem.Code);
        Assert.Contains("--==right==", problem.Message, StringComparison.Ordinal);
        Assert.Contains("--==wrong==", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ v1.region | upper }}", "filters are not rendered")]
    [InlineData("{{ ds.meta_data.zone }}", "the metadata has no text \"zone\"; it has plain, rack")]
    [InlineData("{{ v1.zone }}", "v1 has no text \"zone\"; it has region")]
    [InlineData("{{ zone }}", "v1 has no text \"zone\"; it has region")]
    [InlineData("{{ 1 + 1 }}", "not one of the forms")]
    [InlineData("{% include 'x' %}", "statements such as")]
    public void What_a_template_cannot_have_is_told_apart(string text, string why)
    {
        var instance = new InstanceData { MetaData = Documents.Tree("plain: 7\nrack: b\n"), V1 = Documents.Tree("region: eu\n") };
        Assert.Contains(why, Assert.Single(JinjaTemplate.Render(text, Documents.Origin, instance).Gaps).Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#cloud-config\nwrite_file:\n- {path: /x, content: y}\n", "did you mean \"write_files\"?")]
    [InlineData("#cloud-config\nwrite-files:\n- {path: /x, content: y}\n", "did you mean \"write_files\"?")]
    [InlineData("#cloud-config\nwrite_files:\n- {path: /w, content: v}\n- {path: /x, contents: y}\n", "write_files[1] has \"contents\"; did you mean \"content\"?")]
    public void A_misspelt_cloud_config_is_told_what_was_probably_meant(string text, string meant) => Assert.EndsWith(meant,
        Assert.IsType<UserDataResult.NoDocuments>(UserData.FindDocuments(Encoding.UTF8.GetBytes(text), Documents.Origin)).Why, StringComparison.Ordinal);

    [Theory]
    [InlineData("#cloud-config\npackages: [x]\n")]
    [InlineData("#cloud-config\nwrite_files:\n- {path: /x, content: y}\n")]
    public void Another_cloud_config_is_suspected_of_nothing(string text) => Assert.DoesNotContain("did you mean",
        Assert.IsType<UserDataResult.NoDocuments>(UserData.FindDocuments(Encoding.UTF8.GetBytes(text), Documents.Origin)).Why, StringComparison.Ordinal);
}
