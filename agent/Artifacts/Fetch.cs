using System.Net;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Artifacts;

/// <summary>
/// Brings one artifact's programs into a staging folder: hashed, decompressed and written in a single pass over the bytes, which may come from several
/// origins one after another, and from what an earlier run has kept.
/// </summary>
/// <param name="host">The outside world.</param>
/// <param name="artifact">What to bring.</param>
/// <param name="sha256">The digest that it must have, lower-case hex.</param>
/// <param name="supply">Where to try, and for how long.</param>
#pragma warning disable CA1001 // What it opens ends with its one method.
internal sealed class Fetch(Host host, Artifact artifact, string sha256, Supply supply)
#pragma warning restore CA1001
{
    // As much as a try has to bring to be followed by the next without a pause, in bytes.
    private const long WorthGoingOn = 1 << 20;

    private readonly ArtifactCache cache = ArtifactCache.Of(host, supply);

    private readonly OriginRounds rounds = new(host, artifact.ToString(), supply.Origins);

    private PartialDownload? part;
    private Delivery? delivery;
    private ProgressBar? bar;
    private bool isVerified;

    // A program that is not kept for others need not be written twice: the download is it.
    private bool IsItself => artifact.Packing == Packing.Binary && !cache.IsShared;

    /// <summary>Fetches into an empty folder, trying again what may pass, until a deadline.</summary>
    /// <param name="staging">A folder for the programs alone; it is emptied first, and removed when this fails.</param>
    /// <param name="ct">Ends the fetch early.</param>
    /// <returns>The staged programs. They are on the disk.</returns>
    /// <exception cref="FailureException"><c>artifact.digest-mismatch</c> and other <c>artifact.*</c>, <c>http.*</c>, <c>registry.*</c>, <c>host.*</c>.</exception>
    public async Task<IReadOnlyList<StagedProgram>> IntoAsync(string staging, CancellationToken ct)
    {
        var deadline = supply.Deadline;
        // The retries end by themselves; an attempt that makes progress, however slowly, does not.
        using var late = new CancellationTokenSource(deadline, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        using var shown = bar = host.Progress?.Begin(artifact.ToString());
        var isWorthKeeping = false;
        try
        {
            await (supply.Bundle?.UnpackAsync(host, supply, ct) ?? Task.CompletedTask);
            return await FromCacheAsync(staging, either.Token)
                ?? await new Retry(deadline).RunAsync($"download {artifact}", host.Clock, host.Log, (_, token) => rounds.FirstAsync(
                    origin => GoOnAsync(origin, staging, token), e => isVerified || e.Failure.Code.StartsWith("host.", StringComparison.Ordinal)), either.Token);
        }
        catch (Exception e)
        {
            isWorthKeeping = e is OperationCanceledException or FailureException { Failure: { IsTransient: true, Code: not "host.disk-full" } };
            await AbandonAsync();
            host.Files.DeleteDirectory(staging);
            if (e is OperationCanceledException && late.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new FailureException(new Failure("http.too-slow",
                    $"{artifact} from {string.Join(", ", supply.Origins.Select(origin => origin.Shown(artifact.Url)))}: not there after {deadline.TotalSeconds:0} s (spec.timeouts.download)"), e);
            }
            throw;
        }
        finally
        {
            await AbandonAsync();
            if (part is not null)
            {
                part.End(isWorthKeeping);
                part.Dispose();
            }
        }
    }

    // What an earlier install has left in the folder that they share.
    private async Task<IReadOnlyList<StagedProgram>?> FromCacheAsync(string staging, CancellationToken ct)
    {
        await using var content = cache.IsShared ? cache.Open(sha256) : null;
        if (content is null)
        {
            return null;
        }
        try
        {
            var started = host.Clock.GetTimestamp();
            Empty(staging);
            delivery = new Delivery(host, artifact, sha256, staging, part: null, isPart: false);
            await delivery.TakeAsync(content, null, bar is null ? null : bar.Add, ct);
            return await CompleteAsync(staging, cache.PathOf(sha256), started);
        }
        catch (FailureException e) when (e.Failure.Code is "artifact.digest-mismatch" or "http.unreachable")
        {
            // What reads a connection reads this file too, and has words for a connection alone.
            await AbandonAsync();
            var why = e.Failure.Code == "http.unreachable" ? $"{cache.PathOf(sha256)} cannot be read: {(e.InnerException ?? e).Message}" : e.Failure.ToString();
            host.Log.Attention($"{why}; it is removed from the cache and downloaded anew");
            cache.Drop(sha256);
            bar?.Restart(0, null);
            return null;
        }
    }

    // A connection that broke after it brought something is no sign of trouble ahead: only what gets nowhere has to wait.
    private async Task<IReadOnlyList<StagedProgram>> GoOnAsync(Origin origin, string staging, CancellationToken ct)
    {
        while (true)
        {
            var had = delivery?.Length ?? 0;
            try
            {
                return await TryAsync(origin, staging, ct);
            }
            catch (FailureException e) when (!isVerified && e.Failure is { Code: "http.unreachable", RetryAfter: null } && delivery?.Length >= had + WorthGoingOn)
            {
                host.Log.Debug("{Failure:l}: going on at once", e.Failure.ToString());
            }
        }
    }

    private async Task<IReadOnlyList<StagedProgram>> TryAsync(Origin origin, string staging, CancellationToken ct)
    {
        var started = host.Clock.GetTimestamp();
        var from = origin.Shown(artifact.Url);
        for (var isAnew = false; ; isAnew = true)
        {
            var now = await BeginAsync(staging, ct);
            if (!await now.IsWholeAsync(sha256, ct))
            {
                try
                {
                    if (!await TakeAsync(origin, from, staging, ct))
                    {
                        continue;
                    }
                }
                catch (FailureException e) when (e.Failure.HttpStatus == (int)HttpStatusCode.RequestedRangeNotSatisfiable && now.Length > 0)
                {
                    // What is here is longer than what is there.
                    await StartOverAsync(staging);
                    continue;
                }
                catch (FailureException e) when (e.Failure.Code == "http.unreachable")
                {
                    // More may have been announced than there is; if all there is, is right, that is all.
                    if (!await delivery!.IsWholeAsync(sha256, ct))
                    {
                        throw e.Failure.What.Contains(from, StringComparison.Ordinal) ? e : new FailureException(e.Failure with { What = $"{from}: {e.Failure.What}" }, e);
                    }
                }
            }
            var isMixed = delivery!.IsMixed;
            try
            {
                return await CompleteAsync(staging, from, started);
            }
            catch (FailureException e) when (e.Failure.Code == "artifact.digest-mismatch")
            {
                part!.Clear();
                if (isMixed && !isAnew)
                {
                    host.Log.Attention($"{artifact}: what was put together from several downloads is not the file; starting over from {from}");
                    continue;
                }
                throw;
            }
        }
    }

    // False when the answer was of no use and nothing is left of what was here: it has to be asked for from the beginning.
    private async Task<bool> TakeAsync(Origin origin, string from, string staging, CancellationToken ct)
    {
        var now = delivery!;
        using var response = await origin.OpenAsync(host, artifact.Url, sha256, now.Length, part!.From == from ? part.Validator : "", ct);
        var range = response.Content.Headers.ContentRange;
        if (now.Length > 0)
        {
            if (response.StatusCode == HttpStatusCode.PartialContent && range?.From == now.Length && (range.Length is null || part.Total is null || range.Length == part.Total))
            {
                now.IsMixed = true;
                host.Log.Resumed(artifact.ToString(), now.Length, from);
            }
            else
            {
                now = await StartOverAsync(staging);
                if (response.StatusCode == HttpStatusCode.PartialContent)
                {
                    return false;
                }
            }
        }
        var announced = response.Content.Headers.ContentLength;
        if (now.Length == 0)
        {
            part.Note(from, HttpFile.ValidatorOf(response), announced);
        }
        bar?.Restart(now.Length, now.Length + announced);
        await now.TakeAsync(await response.Content.ReadAsStreamAsync(ct), announced, bar is null ? null : bar.Add, ct);
        return true;
    }

    private async Task<IReadOnlyList<StagedProgram>> CompleteAsync(string staging, string from, long started)
    {
        var now = delivery!;
        var seen = await now.EndAsync();
        if (seen != sha256)
        {
            await AbandonAsync();
            throw new FailureException(new Failure("artifact.digest-mismatch",
                $"{artifact} from {from}: expected sha256 {sha256}, got {seen} ({now.Length} bytes); nothing was installed"));
        }
        isVerified = true;
        if (now.Mistake is { } mistake)
        {
            throw mistake.Failure.Code == "artifact.archive-unsafe" ? mistake : new FailureException(mistake.Failure with { What = $"{from}: {mistake.Failure.What}" }, mistake);
        }
        var programs = now.Stage(sha256);
        if (cache.IsShared && part is not null)
        {
            cache.Keep(part, sha256);
        }
        host.Log.Fetched(artifact.ToString(), now.Length, host.Clock.GetElapsedTime(started), from);
        return programs;
    }

    private async Task<Delivery> BeginAsync(string staging, CancellationToken ct)
    {
        if (delivery is null)
        {
            Empty(staging);
            part ??= cache.Begin(sha256, lasts: IsItself);
            delivery = new Delivery(host, artifact, sha256, staging, part, IsItself);
            await delivery.TakeKeptAsync(ct);
        }
        return delivery;
    }

    private async Task<Delivery> StartOverAsync(string staging)
    {
        await AbandonAsync();
        part!.Clear();
        return await BeginAsync(staging, CancellationToken.None);
    }

    private async Task AbandonAsync()
    {
        if (delivery is { } old)
        {
            delivery = null;
            await old.DisposeAsync();
        }
    }

    private void Empty(string staging)
    {
        host.Files.DeleteDirectory(staging);
        host.Files.CreateDirectory(staging, Modes.Mode700);
    }
}
