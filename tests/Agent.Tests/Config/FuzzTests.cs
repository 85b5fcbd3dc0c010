using Slipway.Config;
using Slipway.Fuzz;

namespace Slipway.Tests.Config;

/// <summary>What the fuzz command checks, with its corpus and a few thousand inputs more on every run of the tests.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. Target.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_keeps_every_promise(string target)
    {
        Corpus corpus = Corpus.Read(Corpus.Folder());
        Assert.NotEmpty(corpus.All);
        None(Fuzzer(target, corpus, 0).Replay(corpus.All));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutant_breaks_a_promise(string target)
    {
        Fuzzer fuzzer = Fuzzer(target, Corpus.Read(Corpus.Folder()), 7);
        None(fuzzer.Run(() => fuzzer.Inputs < 3000));
        // Inputs that all end in the same place would test the front door alone.
        Assert.True(fuzzer.Outcomes >= (target.StartsWith('d') ? 5 : 25), $"{fuzzer.Outcomes} different outcomes");
    }

    [Fact]
    public void A_broken_promise_is_found_and_made_small()
    {
        var target = new Target("brittle", ["yaml"], input => () =>
        {
            BrokenPromise.Unless(!input.AsSpan().ContainsAny("&*"u8), "anchors");
            return "";
        });
        Corpus corpus = Corpus.Read(Corpus.Folder());
        var fuzzer = new Fuzzer([target], corpus, 1, large: false);
        Finding finding = Assert.Single(fuzzer.Run(() => fuzzer.Inputs < 1000));
        Assert.Single(finding.Minimise().Input);
    }

    [Fact]
    public void What_the_generator_makes_is_right_by_the_schema()
    {
        var generator = new Generator(new Dice(1));
        for (int i = 0; i < 300; i++)
        {
            // A form of text that is new needs an example in Samples.
            Assert.Empty(SchemaCheck.Document(generator.NodeConfig()).Where(p => p.Severity == Severity.Error).Select(p => p.ToString()));
        }
    }

    private static Fuzzer Fuzzer(string target, Corpus corpus, ulong seed) => new([Target.All.Single(t => t.Name == target)], corpus, seed, large: false);

    private static void None(IEnumerable<Finding> findings)
    {
        if (findings.FirstOrDefault() is { } finding)
        {
            Finding least = finding.Minimise();
            Assert.Fail($"{least.What}\n{Convert.ToBase64String(least.Input)}\n{System.Text.Encoding.UTF8.GetString(least.Input)}");
        }
    }
}
