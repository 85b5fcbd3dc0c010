using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>Brings one artifact's programs into a staging folder: hashed, decompressed and written in a single pass over the bytes.</summary>
/// <param name="host">The outside world.</param>
/// <param name="artifact">What to bring.</param>
/// <param name="sha256">The digest that it must have, lower-case hex.</param>
/// <param name="supply">Where to try, and for how long.</param>
internal sealed class Fetch(Host host, Artifact artifact, string sha256, Supply supply)
{
    private readonly IReadOnlyList<Uri> locations = [.. supply.Origins.Select(origin => origin.Locate(artifact.Url)).OfType<Uri>()];

    // Where it failed for good, and how.
    private readonly Dictionary<Uri, FailureException> givenUp = [];

    /// <summary>Fetches into an empty folder, trying again what may pass, until a deadline.</summary>
    /// <param name="staging">A folder for the programs alone; it is emptied first, and removed when this fails.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <returns>The staged programs. They are on the disk.</returns>
    /// <exception cref="FailureException"><c>artifact.digest-mismatch</c> and other <c>artifact.*</c>, <c>http.*</c>, <c>host.*</c>.</exception>
    public async Task<IReadOnlyList<StagedProgram>> IntoAsync(string staging, CancellationToken ct)
    {
        var deadline = supply.Deadline;
        // The retries end by themselves; an attempt that makes progress, however slowly, does not.
        using var late = new CancellationTokenSource(deadline, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            return await new Retry(deadline).RunAsync($"download {artifact}", host.Clock, host.Log, (_, token) => TryEachAsync(staging, token), either.Token);
        }
        catch (Exception e)
        {
            host.Files.DeleteDirectory(staging);
            if (e is OperationCanceledException && late.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new FailureException(new Failure("http.too-slow",
                    $"{artifact} from {string.Join(", ", locations.Select(Http.Shown))}: not there after {deadline.TotalSeconds:0} s (spec.timeouts.download)"), e);
            }
            throw;
        }
    }

    private async Task<IReadOnlyList<StagedProgram>> TryEachAsync(string staging, CancellationToken ct)
    {
        FailureException? worst = null;
        foreach (var location in locations.Where(location => !givenUp.ContainsKey(location)))
        {
            try
            {
                return await TryAsync(location, staging, ct);
            }
            catch (FailureException e) when (e.Failure.Code.StartsWith("http.", StringComparison.Ordinal)
                || e.Failure.Code.StartsWith("artifact.", StringComparison.Ordinal))
            {
                // The next mirror may do better; what will not pass is not asked again.
                if (!e.Failure.IsTransient)
                {
                    givenUp[location] = e;
                    if (locations.Count > 1)
                    {
                        host.Log.Attention($"{e.Failure}; this mirror is not used for {artifact}");
                    }
                }
                worst = worst is null || (e.Failure.IsTransient && !worst.Failure.IsTransient) ? e : worst;
            }
        }
        throw worst ?? givenUp[locations[0]];
    }

    private async Task<IReadOnlyList<StagedProgram>> TryAsync(Uri location, string staging, CancellationToken ct)
    {
        host.Files.DeleteDirectory(staging);
        host.Files.CreateDirectory(staging, Modes.Mode700);
        using var response = await host.Http.GetAsync(location, ct);
        await using var body = new HashedBody(await response.Content.ReadAsStreamAsync(ct), response.Content.Headers.ContentLength, ct);
        IReadOnlyList<StagedProgram> programs;
        try
        {
            programs = artifact.Packing switch
            {
                // Hashed on the way already: one digest serves the artifact and its only program.
                Packing.Binary => [new StagedProgram(artifact.Name, await StageAsync(staging, artifact.Name, body, null, ct), sha256)],
                Packing.TarGzip => await UnpackAsync(staging, body, ct),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            await body.DrainAsync();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or NotSupportedException
            or FailureException { Failure.Code: "artifact.archive-unsafe" or "artifact.archive-invalid" })
        {
            // Bytes that are not what we know fail as that: their content is beside the point.
            await body.DrainAsync();
            CheckDigest(body, location);
            throw e as FailureException ?? new FailureException(new Failure("artifact.archive-invalid", $"{Http.Shown(location)}: {e.Message}"), e);
        }
        CheckDigest(body, location);
        return programs;
    }

    private void CheckDigest(HashedBody body, Uri location)
    {
        var seen = body.Sha256();
        if (seen != sha256)
        {
            throw new FailureException(new Failure("artifact.digest-mismatch",
                $"{artifact} from {Http.Shown(location)}: expected sha256 {sha256}, got {seen} ({body.Length} bytes); nothing was installed"));
        }
    }

    private async Task<IReadOnlyList<StagedProgram>> UnpackAsync(string staging, Stream archive, CancellationToken ct)
    {
        var programs = new List<StagedProgram>();
        await using var plain = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(plain);
        while (await tar.GetNextEntryAsync(copyData: false, ct) is { } entry)
        {
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }
            var name = ArchiveEntry.ProgramName(entry, artifact);
            if (name is null)
            {
                continue;
            }
            if (programs.Any(program => program.Name == name))
            {
                throw ArchiveEntry.Unsafe(artifact, entry.Name, "it is there twice");
            }
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = await StageAsync(staging, name, entry.DataStream ?? Stream.Null, hash, ct);
            programs.Add(new StagedProgram(name, size, Convert.ToHexStringLower(hash.GetHashAndReset())));
        }
        if (programs.Count == 0)
        {
            throw new FailureException(new Failure("artifact.archive-invalid", $"{artifact}: the archive holds no program"));
        }
        return programs;
    }

    private async Task<long> StageAsync(string staging, string name, Stream content, IncrementalHash? hash, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            using var file = host.Files.Create($"{staging}/{name}", Modes.Mode755);
            long size = 0;
            for (int read; (read = await content.ReadAsync(buffer, ct)) > 0; size += read)
            {
                hash?.AppendData(buffer, 0, read);
                file.Write(buffer.AsSpan(0, read));
            }
            file.Commit();
            return size;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A program in a staging folder.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record StagedProgram(string Name, long Size, string Sha256);
