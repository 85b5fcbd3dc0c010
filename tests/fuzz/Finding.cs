using System.Diagnostics;
using System.Security.Cryptography;

namespace Slipway.Fuzz;

/// <summary>A promise that an input broke.</summary>
/// <param name="Target">The way in.</param>
/// <param name="What">What went wrong, for people.</param>
/// <param name="Signature">What tells this finding from others: the kind of exception and where it was thrown.</param>
/// <param name="Input">The input.</param>
internal sealed record Finding(Target Target, string What, string Signature, byte[] Input)
{
    /// <summary>The longest that an input may take.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    /// <summary>Runs one input.</summary>
    /// <param name="target">The way in.</param>
    /// <param name="input">The input.</param>
    /// <param name="outcome">What came of it, where all is well.</param>
    /// <param name="took">How long reading it took.</param>
    /// <param name="heap">The most heap that reading it can have held, in bytes.</param>
    public static Finding? Try(Target target, byte[] input, out string outcome, out TimeSpan took, out long heap)
    {
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        outcome = "";
        (took, heap) = (default, 0);
        Exception? error = null;
        try
        {
            Func<string> check = target.Read(input);
            took = Stopwatch.GetElapsedTime(start);
            heap = SmallHeap.IsOwn ? GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes : GC.GetAllocatedBytesForCurrentThread() - before;
            outcome = SmallHeap.IsOwn ? "" : check();
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        if (error is not null)
        {
            string where = error.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Slipway", StringComparison.Ordinal) && !line.Contains("BrokenPromise", StringComparison.Ordinal)) ?? "";
            return new Finding(target, error.ToString(), $"{target.Name} {error.GetType().Name} {(error is BrokenPromise ? error.Message : where.Trim())}", input);
        }

        if (took > MaxTime && Again(target, input) is var second && second > MaxTime)
        {
            return new Finding(target, $"takes {took.TotalMilliseconds:0} ms, a second time {second.TotalMilliseconds:0} ms", $"{target.Name} slow", input);
        }

        // What was allocated in all is the most that can have been held at once; only beyond the limit it has to be known exactly.
        return heap > SmallHeap.Limit && !SmallHeap.Suffices(target, input, out heap)
            ? new Finding(target, "needs more than 64 MB of heap", $"{target.Name} large", input)
            : null;
    }

    /// <summary>The smallest input found that still breaks the same promise.</summary>
    public Finding Minimise()
    {
        Finding least = this;
        long start = Stopwatch.GetTimestamp();
        for (int piece = Math.Max(1, Input.Length / 2); piece > 0; piece /= 2)
        {
            for (int at = 0; at < least.Input.Length;)
            {
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(20))
                {
                    return least;
                }

                byte[] shorter = [.. least.Input.AsSpan(0, at), .. least.Input.AsSpan(Math.Min(at + piece, least.Input.Length))];
                if (Try(Target, shorter, out _, out _, out _) is { } same && same.Signature == Signature)
                {
                    least = same;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return least;
    }

    /// <summary>Writes the input, and beside it what is wrong and how it was found.</summary>
    public string Write(string folder, string how)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Join(folder, $"{Target.Name}-{Convert.ToHexStringLower(SHA256.HashData(Input))[..8]}");
        File.WriteAllBytes(path, Input);
        File.WriteAllText(path + ".txt", $"{Target.Name}, {Input.Length} bytes\n{how}\n{What}\n");
        return path;
    }

    // A machine that was busy elsewhere is not a finding: the second time the processor's time counts.
    private static TimeSpan Again(Target target, byte[] input)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        target.Read(input);
        return Environment.CpuUsage.TotalTime - start;
    }
}
