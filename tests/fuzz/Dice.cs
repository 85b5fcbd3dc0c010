namespace Slipway.Fuzz;

/// <summary>Random choices that a seed repeats: SplitMix64, which unlike <see cref="Random"/> costs nothing to seed.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to one below a limit, which is at least 1.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>One of some.</summary>
    public T Pick<T>(IReadOnlyList<T> some) => some[Below(some.Count)];

    /// <summary>A length from 1 to a limit, short ones far more often.</summary>
    public int Length(int limit) => 1 + Below(Math.Max(1, limit >> Below(12)));
}
