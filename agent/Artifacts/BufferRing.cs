namespace Slipway.Artifacts;

/// <summary>A few large buffers that go round: one task fills them, several threads read each of them in order, each at its own pace.</summary>
/// <param name="readers">How many threads read; the first has number 0.</param>
internal sealed class BufferRing(int readers) : IDisposable
{
    /// <summary>Bytes of a buffer: large enough that passing it on costs nothing beside what is done with it.</summary>
    public const int Size = 128 * 1024;

    private const int Count = 4;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim free = new(Count);
    private readonly SemaphoreSlim[] filled = [.. Enumerable.Range(0, readers).Select(_ => new SemaphoreSlim(0))];
    private readonly byte[][] buffers = [.. Enumerable.Range(0, Count).Select(_ => GC.AllocateUninitializedArray<byte>(Size))];
    private readonly int[] lengths = new int[Count];
    private readonly int[] waiting = new int[Count];
    private readonly long[] read = new long[readers];
    private long handed;
    private bool isGiven;

    /// <summary>The buffer to fill, the same until it is passed on; waits until all readers are done with its last content.</summary>
    public async ValueTask<byte[]> NextAsync(CancellationToken ct)
    {
        if (!isGiven)
        {
            await free.WaitAsync(ct);
            isGiven = true;
        }
        return buffers[handed % Count];
    }

    /// <summary>Passes the buffer on that was given out last.</summary>
    /// <param name="length">How much of it is filled; 0 ends the readers.</param>
    public void Hand(int length)
    {
        isGiven = false;
        lengths[handed % Count] = length;
        waiting[handed % Count] = readers;
        handed++;
        foreach (var reader in filled)
        {
            reader.Release();
        }
    }

    /// <summary>The next content for a reader, which is its until it calls <see cref="Return"/>; empty at the end.</summary>
    public ReadOnlyMemory<byte> Take(int reader)
    {
        filled[reader].Wait();
        var at = read[reader] % Count;
        return buffers[at].AsMemory(0, lengths[at]);
    }

    /// <summary>A reader is done with what it took.</summary>
    public void Return(int reader)
    {
        lock (gate)
        {
            if (--waiting[read[reader]++ % Count] > 0)
            {
                return;
            }
        }
        free.Release();
    }

    /// <summary>Waits until all readers are done with all that was passed on.</summary>
    public async Task SettleAsync(CancellationToken ct)
    {
        var all = isGiven ? Count - 1 : Count;
        var got = 0;
        try
        {
            for (; got < all; got++)
            {
                await free.WaitAsync(ct);
            }
        }
        finally
        {
            // Also where the wait was cut off: whoever ends the readers needs a buffer.
            if (got > 0)
            {
                free.Release(got);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        free.Dispose();
        foreach (var reader in filled)
        {
            reader.Dispose();
        }
    }
}
