using System.Diagnostics;

namespace Slipway.Fuzz;

/// <summary>Gives the targets one input after the other; the same seed gives the same inputs.</summary>
/// <param name="targets">The ways in.</param>
/// <param name="corpus">What inputs start from. It learns.</param>
/// <param name="seed">Where the dice begin.</param>
/// <param name="large">Whether inputs are of up to 1 MB instead of up to 4 KiB.</param>
internal sealed class Fuzzer(IReadOnlyList<Target> targets, Corpus corpus, ulong seed, bool large)
{
    /// <summary>The most bytes of an input.</summary>
    public const int Large = 1024 * 1024;

    private const int Small = 4096;

    private readonly Dice dice = new(seed);
    private readonly HashSet<string> outcomes = new(StringComparer.Ordinal);
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    /// <summary>How many inputs were run.</summary>
    public long Inputs { get; private set; }

    /// <summary>The longest that one took.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>The most heap that reading one can have held, in bytes.</summary>
    public long MostHeap { get; private set; }

    /// <summary>How many different outcomes there were: whether there is still something new to find.</summary>
    public int Outcomes => outcomes.Count;

    /// <summary>The input at work, for whoever watches over it.</summary>
    public Work? Current { get; private set; }

    /// <summary>Told of every input before it is run.</summary>
    public Action<Work>? Starting { get; set; }

    /// <summary>Runs until told otherwise; each finding is given as it comes, the same one only once.</summary>
    public IEnumerable<Finding> Run(Func<bool> goesOn)
    {
        var generator = new Generator(dice);
        var mutator = new Mutator(dice);
        while (goesOn())
        {
            Target target = dice.Pick(targets);
            string kind = dice.Pick(target.Kinds);
            byte[] input = Next(kind, generator, mutator);
            if (Run(target, kind, input) is { } finding && known.Add(finding.Signature))
            {
                yield return finding;
            }
        }
    }

    /// <summary>Runs inputs as they are, each through every target.</summary>
    public IEnumerable<Finding> Replay(IEnumerable<byte[]> inputs)
    {
        foreach (byte[] input in inputs.ToList())
        {
            foreach (Target target in targets)
            {
                if (Run(target, null, input) is { } finding && known.Add(finding.Signature))
                {
                    yield return finding;
                }
            }
        }
    }

    private Finding? Run(Target target, string? kind, byte[] input)
    {
        Inputs++;
        Current = new Work(target, input, Stopwatch.GetTimestamp());
        Starting?.Invoke(Current);
        Finding? finding = Finding.Try(target, input, out string outcome, out TimeSpan took, out long heap);
        Current = null;
        MostHeap = Math.Max(MostHeap, heap);
        Slowest = took > Slowest ? took : Slowest;
        if (finding is null && kind is not null && outcomes.Count < 100_000 && outcomes.Add(outcome))
        {
            corpus.Learn(kind, input);
        }

        return finding;
    }

    private byte[] Next(string kind, Generator generator, Mutator mutator)
    {
        byte[] input = corpus.Of(kind) is { Count: > 0 } some && !dice.OneIn(10) ? dice.Pick(some) : generator.Make(kind);
        if (large)
        {
            input = mutator.Grow(input, Large);
            return dice.OneIn(4) ? generator.Packed(input) is { Length: <= Large } packed ? packed : input
                : dice.OneIn(2) ? mutator.Change(input, dice.Pick(Samples.Odd) is var odd ? Generator.Bytes(odd) : [], Large) : input;
        }

        return dice.OneIn(20) ? input : mutator.Change(input, corpus.Of(kind) is { Count: > 0 } others ? dice.Pick(others) : [], Small);
    }
}

/// <summary>An input at work.</summary>
/// <param name="Target">The way in.</param>
/// <param name="Input">The input.</param>
/// <param name="Since">Since when, by <see cref="Stopwatch"/>.</param>
internal sealed record Work(Target Target, byte[] Input, long Since);
