using System.Security.Cryptography;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>
/// One artifact on its way into a staging folder: as its bytes come they are hashed, kept for whoever must go on later, and unpacked, each at its own
/// pace. It outlives a connection: where one ends the next goes on.
/// </summary>
internal sealed class Delivery : IAsyncDisposable
{
    private readonly BufferRing ring = new(readers: 2);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Host host;
    private readonly Artifact artifact;
    private readonly string staging;
    private readonly PartialDownload? part;
    private readonly bool isPart;
    private readonly long kept;
    private readonly Unpacking unpacking;
    private readonly Task[] work;

    // Ours rather than the bytes': a full disk ends the delivery at once, an archive's mistakes wait for the digest.
    private volatile FailureException? broken;
    private FailureException? mistake;
    private int filled;
    private bool ended;

    /// <summary>Begins one.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="artifact">What comes.</param>
    /// <param name="sha256">The digest that it should have.</param>
    /// <param name="staging">An empty folder for its programs.</param>
    /// <param name="part">Where its bytes are kept; null where they lie somewhere already.</param>
    /// <param name="isPart">Whether what is kept is moved into the staging folder in the end, being the program itself.</param>
    public Delivery(Host host, Artifact artifact, string sha256, string staging, PartialDownload? part, bool isPart)
    {
        (this.host, this.artifact, this.staging, this.part, this.isPart) = (host, artifact, staging, part, isPart);
        kept = part?.Bytes.Length ?? 0;
        unpacking = new Unpacking(host, artifact, staging);
        work =
        [
            Start(() => Read(0, stream => Hash(stream))),
            Start(() => Read(1, stream =>
            {
                if (isPart)
                {
                    Keep(stream, hashes: false);
                }
                else if (artifact.Packing == Packing.Binary)
                {
                    unpacking.Copy(stream, sha256);
                }
                else
                {
                    unpacking.Unpack(stream);
                }
            })),
        ];
    }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether its bytes came over more than one connection: if they are wrong, one of them may be to blame.</summary>
    public bool IsMixed { get; set; }

    /// <summary>What is wrong with the archive itself, once it is whole; null for nothing.</summary>
    public FailureException? Mistake => mistake;

    /// <summary>Takes what an earlier run has kept.</summary>
    public async Task TakeKeptAsync(CancellationToken ct)
    {
        while (Length < kept)
        {
            var buffer = await ring.NextAsync(ct);
            filled = part!.Bytes.Read(buffer, Length);
            Length += filled;
            IsMixed = true;
            if (filled == 0)
            {
                return;
            }
            Pass();
        }
    }

    /// <summary>Takes bytes until a connection ends.</summary>
    /// <param name="body">The bytes that follow those that are here.</param>
    /// <param name="announced">How many they should be; null where nobody said.</param>
    /// <param name="told">Told how many came, as they come.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>http.unreachable</c>: what came so far is kept. <c>host.*</c>.</exception>
    public async Task TakeAsync(Stream body, long? announced, Action<int>? told, CancellationToken ct)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(ct);
        long got = 0;
        try
        {
            for (int count; ; got += count)
            {
                var buffer = await ring.NextAsync(ct);
                count = await Http.ReadAsync(body, buffer.AsMemory(filled), idle, ct);
                if (broken is { } failure)
                {
                    throw failure;
                }
                if (count == 0)
                {
                    break;
                }
                filled += count;
                Length += count;
                told?.Invoke(count);
                if (filled == BufferRing.Size)
                {
                    Pass();
                }
            }
        }
        finally
        {
            Pass();
        }
        if (got < announced)
        {
            throw new FailureException(new Failure("http.unreachable", $"the connection ended after {got} of {announced} bytes"));
        }
    }

    /// <summary>Whether all that came so far is the whole file.</summary>
    public async Task<bool> IsWholeAsync(string sha256, CancellationToken ct)
    {
        if (Length == 0)
        {
            return false;
        }
        await ring.SettleAsync(ct);
        return Convert.ToHexStringLower(hash.GetCurrentHash()) == sha256;
    }

    /// <summary>Ends it: nothing more comes.</summary>
    /// <returns>The digest of all that came, lower-case hex.</returns>
    /// <exception cref="FailureException"><c>host.*</c>.</exception>
    public async Task<string> EndAsync()
    {
        await StopAsync();
        return broken is null ? Convert.ToHexStringLower(hash.GetCurrentHash()) : throw broken;
    }

    /// <summary>Makes the programs whole in the staging folder and on the disk. Call it once the digest is right.</summary>
    public IReadOnlyList<StagedProgram> Stage(string sha256)
    {
        if (!isPart)
        {
            unpacking.Finish();
            return unpacking.Programs;
        }
        part!.Bytes.Finish(Modes.Mode755);
        if (!part.Bytes.TryMove(host.Files.Resolve($"{staging}/{artifact.Name}")))
        {
            // The cache is on another disk.
            Copy(part.Bytes);
            part.Bytes.Delete();
        }
        return [new StagedProgram(artifact.Name, Length, sha256)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        unpacking.Dispose();
        ring.Dispose();
        hash.Dispose();
    }

    private static Task Start(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task StopAsync()
    {
        if (!ended)
        {
            ended = true;
            Pass();
            await ring.NextAsync(CancellationToken.None);
            ring.Hand(0);
        }
        await Task.WhenAll(work);
    }

    private void Pass()
    {
        if (filled > 0)
        {
            ring.Hand(filled);
            filled = 0;
        }
    }

    // Whatever happens to a reader, it reads to the end: the others, and whoever fills the buffers, do not wait for it.
    private void Read(int reader, Action<RingStream> read)
    {
        using var stream = new RingStream(ring, reader);
        try
        {
            read(stream);
        }
        catch (FailureException e) when (!e.Failure.Code.StartsWith("artifact.", StringComparison.Ordinal))
        {
            broken ??= e;
        }
#pragma warning disable CA1031 // Bytes that nobody vouches for yet may upset a decompressor in any way.
        catch (Exception e)
#pragma warning restore CA1031
        {
            mistake = e as FailureException ?? new FailureException(new Failure("artifact.archive-invalid", $"{artifact}: {e.Message}"), e);
        }
        stream.Rest(null);
    }

    private void Copy(GrowingFile from)
    {
        using var file = host.Files.Grow($"{staging}/{artifact.Name}", lasts: true)!;
        var buffer = new byte[BufferRing.Size];
        long at = 0;
        for (int read; (read = from.Read(buffer, at)) > 0; at += read)
        {
            file.Write(buffer.AsSpan(0, read), at);
        }
        file.Finish(Modes.Mode755);
    }

    private void Hash(RingStream stream)
    {
        if (part is null || isPart)
        {
            stream.Rest(bytes => hash.AppendData(bytes.Span));
        }
        else
        {
            Keep(stream, hashes: true);
        }
    }

    private void Keep(RingStream stream, bool hashes)
    {
        long at = 0;
        stream.Rest(bytes =>
        {
            if (hashes)
            {
                hash.AppendData(bytes.Span);
            }
            if (at >= kept)
            {
                part!.Bytes.Write(bytes.Span, at);
            }
            at += bytes.Length;
        });
    }
}
