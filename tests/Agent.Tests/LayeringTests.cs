using System.Text.RegularExpressions;

namespace Slipway.Tests;

/// <summary>Dependencies point down, and the outside world is touched in one folder.</summary>
public sealed partial class LayeringTests
{
    private static readonly Dictionary<string, int> Ranks = new()
    {
        ["Hosting"] = 0, ["Reporting"] = 0,
        ["Engine"] = 1,
        ["Config"] = 2, ["Sources"] = 2, ["Resources"] = 2, ["Artifacts"] = 2,
        ["Steps"] = 3, ["Preflight"] = 3, ["Clusters"] = 3, ["Images"] = 3,
        [""] = 4,
        ["Commands"] = 5,
    };

    [Fact]
    public void Dependencies_point_down_only()
    {
        var wrong = from path in Source.AgentFiles
                    let own = Area(path)
                    where own is not null
                    from match in Usings().Matches(File.ReadAllText(path))
                    let used = match.Groups[1].Value.Split('.')[0]
                    where Ranks[used] > Ranks[own]
                    select $"{Path.GetRelativePath(Source.Repository, path)} uses Slipway.{used}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_commands_and_the_list_itself_know_the_list()
    {
        var wrong = from path in Source.AgentFiles
                    where Area(path) is { Length: > 0 } area && Ranks[area] < 4 && Roots().IsMatch(Code(path))
                    select Path.GetRelativePath(Source.Repository, path);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_but_the_list_names_a_concrete_step()
    {
        var wrong = from path in Source.AgentFiles
                    where Path.GetFileName(path) != "Bootstrap.cs" && NewStep().IsMatch(Code(path))
                    select Path.GetRelativePath(Source.Repository, path);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Configuration_is_pure() => Assert.DoesNotContain(
        Source.AgentFiles.Where(path => Area(path) == "Config"), path => File.ReadAllText(path).Contains("using Slipway.Hosting", StringComparison.Ordinal));

    [Fact]
    public void Only_the_host_touches_the_outside_world()
    {
        var wrong = from path in Source.AgentFiles
                    where Area(path) is not (null or "Hosting") && Path.GetFileName(path) is not ("Program.cs" or "Build.cs")
                    from match in Outside().Matches(Code(path))
                    select $"{Path.GetRelativePath(Source.Repository, path)}: {match.Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_file_is_longer_than_300_lines() => Assert.DoesNotContain(Source.AgentFiles,
        // A table with a line or four an entry has its reason.
        path => Path.GetFileName(path) != "ErrorCodes.cs" && File.ReadLines(path).Count() > 300);

    [Theory]
    [InlineData("System.IO.File.Delete(x)", true)]
    [InlineData("File.Exists(x)", true)]
    [InlineData("FileKind.File.ToString()", false)]
    [InlineData("Environment.NewLine", false)]
    [InlineData("Environment.ProcessId", true)]
    [InlineData("host.Files.Read()", false)]
    public void The_pattern_for_the_outside_world_finds_it(string code, bool found) => Assert.Equal(found, Outside().IsMatch(code));

    private static string? Area(string path)
    {
        var parts = Path.GetRelativePath(Path.Join(Source.Repository, "agent"), path).Split('/');
        return parts.Length == 1 ? (parts[0] == "Program.cs" ? null : "") : parts[0] == "Host" ? "Hosting" : parts[0];
    }

    private static string Code(string path) => string.Join('\n', File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    [GeneratedRegex(@"^using Slipway\.([A-Za-z.]+);", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"(?<![\w.])(Bootstrap|Acceptance)\.")]
    private static partial Regex Roots();

    [GeneratedRegex(@"new \w+Step\(")]
    private static partial Regex NewStep();

    [GeneratedRegex(@"(?<!FileKind\.)(?<!\w)(?:File|Directory|DateTime|DateTimeOffset|Environment)\.(?!NewLine)(?:Delete|Exists|Read\w+|Write\w+|Open\w*|Move|Create\w*|Set\w+|Get\w+|Enumerate\w+|Append\w+|Copy|Now|UtcNow|ProcessId|Is\w+|MachineName|Exit|Version)|Process\.Start|new HttpClient|new FileStream")]
    private static partial Regex Outside();
}
