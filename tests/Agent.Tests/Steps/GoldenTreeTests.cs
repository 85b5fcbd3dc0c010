using System.Runtime.CompilerServices;
using Slipway.Resources;

namespace Slipway.Tests.Steps;

/// <summary>
/// What the steps put onto a node, file by file: <c>Cases/NAME/input.yaml</c> gives <c>expected/</c>, whose <c>LISTING</c> has kinds,
/// modes and links, and every resource in order. <c>SLIPWAY_UPDATE_GOLDEN=1</c> writes what is expected anew, to be read in the diff.
/// </summary>
public sealed class GoldenTreeTests
{
    private static readonly string Folder = Here();

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_steps_put_exactly_this_onto_a_node(string name)
    {
        using var node = new Node();
        var accepted = Wanted.Accept(await File.ReadAllTextAsync(Path.Join(Folder, name, "input.yaml"), Ct), node.Files);
        var steps = Bootstrap.Describe(accepted.Intent, Wanted.Facts);
        foreach (var resource in steps.SelectMany(step => step.Resources).Where(resource => resource is FileResource or RegistryResource or LinkResource or DirectoryResource))
        {
            await resource.ApplyAsync(node.Host, Ct);
        }
        IEnumerable<string> listing =
        [
            .. steps.SelectMany(step => step.Resources.Select(resource => $"{step.Name}: {resource.Id}")),
            "",
            .. TreeListing.Of(node.Root).Select(line => line.Contains(" file ", StringComparison.Ordinal) ? line[..^65] : line),
        ];
        var seen = Files(node.Root).ToDictionary(path => path, path => File.ReadAllText(Path.Join(node.Root, path)));
        seen["LISTING"] = string.Join('\n', listing) + "\n";

        var expected = Path.Join(Folder, name, "expected");
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_GOLDEN") == "1")
        {
            Update(expected, seen);
        }
        Assert.Equal(Files(expected).Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, content) in seen)
        {
            Assert.Equal(await File.ReadAllTextAsync(Path.Join(expected, path), Ct), content);
        }
    }

    [Fact]
    public void Describing_is_pure()
    {
        using var node = new Node();
        foreach (var name in Cases)
        {
            var intent = Wanted.Accept(File.ReadAllText(Path.Join(Folder, name, "input.yaml")), node.Files).Intent;
            Assert.Equal(Ids(), Ids());
            Assert.Equal(Ids().Count(), Ids().Distinct().Count());

            IEnumerable<string> Ids() => Bootstrap.Describe(intent, Wanted.Facts).SelectMany(step => step.Resources).Select(resource => resource.Id);
        }
        Assert.Empty(TreeListing.Of(node.Root));
    }

    private static void Update(string expected, Dictionary<string, string> seen)
    {
        if (Directory.Exists(expected))
        {
            Directory.Delete(expected, recursive: true);
        }
        foreach (var (path, content) in seen)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(expected, path))!);
            File.WriteAllText(Path.Join(expected, path), content);
        }
    }

    private static IEnumerable<string> Files(string root) =>
        from path in Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        where new FileInfo(path).LinkTarget is null
        select Path.GetRelativePath(root, path);

    private static string Here([CallerFilePath] string here = "") =>
        Directory.Exists(Path.Join(Path.GetDirectoryName(here), "../Cases"))
            ? Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "../Cases"))
            : Path.Join(Source.Repository, "tests/Agent.Tests/Cases");
}
