using System.Text;
using System.Text.RegularExpressions;
using Slipway.Commands;
using Slipway.Config;

namespace Slipway.Tests;

/// <summary>What the README and the documents beside it show works as it stands there.</summary>
public sealed partial class ExampleTests
{
    public static TheoryData<string, string> Yaml => Blocks("yaml");

    public static TheoryData<string, string> Shell
    {
        get
        {
            var lines = new TheoryData<string, string>();
            foreach (var (where, block) in Blocks("sh").Select(row => row.Data))
            {
                foreach (string line in block.Split('\n').Select(l => l.Split(" #")[0].Trim()).Where(l => l.StartsWith("slipway ", StringComparison.Ordinal)))
                {
                    lines.Add(where, line);
                }
            }

            // And what stands in the text itself.
            foreach (string path in Documents())
            {
                foreach (Match match in Inline().Matches(Fence().Replace(File.ReadAllText(path), "")))
                {
                    lines.Add(Path.GetFileName(path), match.Groups[1].Value);
                }
            }

            return lines;
        }
    }

    [Fact]
    public void There_are_examples()
    {
        Assert.NotEmpty(Yaml);
        Assert.NotEmpty(Shell);
    }

    [Theory]
    [MemberData(nameof(Yaml))]
    public void A_document_is_right(string where, string text)
    {
        UserDataResult found = UserData.FindDocuments(Encoding.UTF8.GetBytes(Filled(text)), new TextOrigin("", where));
        Assert.Empty(found.Warnings);
        if (found is UserDataResult.NoDocuments)
        {
            // Then it is the agent's settings.
            Assert.Empty(Settings.Read(Encoding.UTF8.GetBytes(text)).Problems);
            return;
        }

        var documents = Assert.IsType<UserDataResult.Found>(found);
        NodeConfigResult result = NodeConfigReader.Read(documents.Documents, documents.HasRuncmdJoin);
        Assert.True(result is NodeConfigResult.Valid, string.Join('\n', (result as NodeConfigResult.Invalid)?.Problems ?? []));
    }

    [Theory]
    [MemberData(nameof(Shell))]
    public void A_command_exists_with_its_options(string where, string line) =>
        Assert.True(CommandLine.Create().Parse(line["slipway ".Length..]).Errors is [], $"{where}: {line}");

    /// <summary>With the values that an example leaves out for brevity.</summary>
    private static string Filled(string text) => text.Replace("sha256:…", "sha256:" + new string('a', 64), StringComparison.Ordinal);

    private static IEnumerable<string> Documents() =>
        Directory.Exists(Path.Join(Source.Repository, "docs"))
            ? Directory.GetFiles(Path.Join(Source.Repository, "docs"), "*.md", SearchOption.AllDirectories).Prepend(Path.Join(Source.Repository, "README.md"))
            : [Path.Join(Source.Repository, "README.md")];

    private static TheoryData<string, string> Blocks(string language)
    {
        var blocks = new TheoryData<string, string>();
        foreach (string path in Documents())
        {
            foreach (Match match in Fence().Matches(File.ReadAllText(path)).Where(m => m.Groups[1].Value == language))
            {
                blocks.Add(Path.GetFileName(path), match.Groups[2].Value);
            }
        }

        return blocks;
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`(slipway [a-z][^`]*)`")]
    private static partial Regex Inline();
}
