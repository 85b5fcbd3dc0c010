using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;

namespace Slipway.Fuzz;

/// <summary>
/// Looks at the fuzzer from outside: an input that never ends, how far it is. The input at work stands in a file
/// <c>current</c>, which is what remains of a process that an overflow of the stack or the kernel ended.
/// </summary>
internal sealed class Watch : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Fuzzer fuzzer;
    private readonly string folder;
    private readonly string how;
    private readonly Timer timer;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor current;
    private Work? seen;
    private TimeSpan seenAt;
    private int ticks;

    /// <summary>Begins.</summary>
    public Watch(Fuzzer fuzzer, string folder, string how)
    {
        (this.fuzzer, this.folder, this.how) = (fuzzer, folder, how);
        Directory.CreateDirectory(folder);
        file = MemoryMappedFile.CreateFromFile(Path.Join(folder, $"current-{Environment.ProcessId}"), FileMode.Create, null, Fuzzer.Large + sizeof(int));
        current = file.CreateViewAccessor();
        fuzzer.Starting = work =>
        {
            // The length, then the input.
            current.Write(0, Math.Min(work.Input.Length, Fuzzer.Large));
            current.WriteArray(sizeof(int), work.Input, 0, Math.Min(work.Input.Length, Fuzzer.Large));
        };
        timer = new Timer(_ => Look(), null, 1000, 1000);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        current.Dispose();
        file.Dispose();
        File.Delete(Path.Join(folder, $"current-{Environment.ProcessId}"));
    }

    private void Look()
    {
        Work? now = fuzzer.Current;
        if (now != seen)
        {
            (seen, seenAt) = (now, Environment.CpuUsage.TotalTime);
        }

        // A busy machine gives little time to each; who waits for nothing uses none.
        if (now is { } at && (Environment.CpuUsage.TotalTime - seenAt > Patience || Stopwatch.GetElapsedTime(at.Since) > 40 * Patience))
        {
            string path = new Finding(at.Target, $"does not end within {Patience.TotalSeconds} s", "", at.Input).Write(folder, how);
            Console.Error.WriteLine($"FINDING {path}: does not end");
            Console.WriteLine($"{fuzzer.Inputs} inputs, 1 findings or more; stopped at one that does not end");
            Environment.Exit(1);
        }

        if (++ticks % 60 == 0)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fuzzer.Inputs} inputs, {fuzzer.Outcomes} different outcomes, slowest {fuzzer.Slowest.TotalMilliseconds:0} ms"));
        }
    }
}
