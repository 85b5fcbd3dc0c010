using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace Slipway.Lab;

/// <summary>An artifact mirror: serves a folder under upstream's paths, with ranges and ETags, and with faults on demand.</summary>
/// <remarks>A mirror replaces scheme and host of every upstream URL and keeps the path, so a folder laid out by <see cref="Repack"/> is all it needs.</remarks>
public sealed class Mirror : LoopbackServer
{
    private readonly string folder;
    private readonly Authority? authority;
    private readonly IReadOnlyList<string> names;
    private readonly ConcurrentDictionary<string, Fault> faults = new(StringComparer.Ordinal);

    /// <summary>A mirror of a folder; call <see cref="LoopbackServer.StartAsync"/> next.</summary>
    /// <param name="folder">Its files, laid out as upstream's URL paths.</param>
    /// <param name="authority">Serve https with a certificate of this authority; null serves http.</param>
    /// <param name="names">Names and addresses for that certificate, beside 127.0.0.1, localhost and 10.0.2.2.</param>
    public Mirror(string folder, Authority? authority = null, params IReadOnlyList<string> names) => (this.folder, this.authority, this.names) = (Path.GetFullPath(folder), authority, names);

    /// <summary>GETs that had a body or were meant to: what a test looks at to prove that nothing was downloaded.</summary>
    public IReadOnlyList<Exchange> Downloads => [.. Exchanges.Where(e => e.Method == "GET")];

    /// <summary>The URL for <c>artifacts.mirrors</c>.</summary>
    /// <param name="host">The name by which the caller's machine reaches this one.</param>
    public Uri Url(string host) => new($"{(authority is null ? "http" : "https")}://{host}:{Port}/");

    /// <summary>Makes requests for a path misbehave until <see cref="Heal"/>, or as often as the fault says.</summary>
    /// <param name="pathEnd">The end of the path, such as <c>/kubelet</c> or <c>.tar.gz</c>; empty for all.</param>
    /// <param name="fault">What goes wrong.</param>
    public void Break(string pathEnd, Fault fault) => faults[pathEnd] = fault;

    /// <summary>Ends all faults.</summary>
    public void Heal() => faults.Clear();

    /// <inheritdoc/>
    protected override bool UsesTls => authority is not null;

    /// <inheritdoc/>
    protected override void Configure(ListenOptions listen)
    {
        if (authority is not null)
        {
            UseTls(listen, authority, ["127.0.0.1", "10.0.2.2", "localhost", .. names]);
        }
    }

    /// <inheritdoc/>
    protected override async Task<string> AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        Fault? fault = faults.Where(f => path.EndsWith(f.Key, StringComparison.Ordinal)).Select(f => f.Value).FirstOrDefault(f => f.Takes());
        if (fault is Fault.Unavailable down)
        {
            context.Response.StatusCode = down.Status;
            await context.Response.WriteAsync("<html><body>Service Unavailable</body></html>", context.RequestAborted).ConfigureAwait(false);
            return "";
        }
        if (fault is Fault.TooMany many)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = many.Seconds.ToString(CultureInfo.InvariantCulture);
            return "";
        }
        if (fault is Fault.Redirect elsewhere)
        {
            context.Response.StatusCode = StatusCodes.Status302Found;
            context.Response.Headers.Location = elsewhere.To.Length > 0 ? elsewhere.To : path;
            return "";
        }
        string file = Path.GetFullPath(Path.Combine(folder, path.TrimStart('/')));
        if (!file.StartsWith(folder + "/", StringComparison.Ordinal) || !File.Exists(file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html><body>Not Found</body></html>", context.RequestAborted).ConfigureAwait(false);
            return "";
        }
        await SendAsync(context, file, fault).ConfigureAwait(false);
        return "";
    }

    private async Task SendAsync(HttpContext context, string file, Fault? fault)
    {
        FileInfo info = new(file);
        string tag = string.Create(CultureInfo.InvariantCulture, $"\"{info.Length:x}-{(fault is Fault.NewTags ? Random.Shared.NextInt64() : info.LastWriteTimeUtc.Ticks):x}\"");
        (long from, long to) = (0, info.Length - 1);
        HttpResponse response = context.Response;
        response.Headers.ETag = tag;
        response.Headers.AcceptRanges = fault is Fault.WithoutRanges ? "none" : "bytes";
        response.ContentType = "application/octet-stream";
        string condition = context.Request.Headers.IfRange.ToString();
        if (fault is not Fault.WithoutRanges && RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out RangeHeaderValue? range) && range.Ranges.Count == 1 && (condition.Length == 0 || condition == tag))
        {
            RangeItemHeaderValue wanted = range.Ranges.Single();
            from = wanted.From ?? Math.Max(0, info.Length - (wanted.To ?? 0));
            to = wanted.From is null ? info.Length - 1 : Math.Min(wanted.To ?? info.Length - 1, info.Length - 1);
            if (from >= info.Length || from > to)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{info.Length}";
                return;
            }
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{to}/{info.Length}";
        }
        response.ContentLength = to - from + 1 + (fault is Fault.WrongLength wrong ? wrong.More : 0);
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await CopyAsync(context, file, from, to - from + 1 + (fault is Fault.WrongLength { More: < 0 } less ? less.More : 0), fault).ConfigureAwait(false);
            if (fault is Fault.WrongLength)
            {
                // The server would mend it.
                await response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                context.Abort();
            }
        }
    }

    private async Task CopyAsync(HttpContext context, string file, long from, long length, Fault? fault)
    {
        await using FileStream stream = File.OpenRead(file);
        stream.Position = from;
        byte[] buffer = new byte[fault is Fault.Throttled slow ? Math.Clamp(slow.BytesPerSecond / 10, 1, 65536) : 65536];
        for (long sent = 0; sent < length;)
        {
            int count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - sent)), context.RequestAborted).ConfigureAwait(false);
            switch (fault)
            {
                case Fault.CutAfter cut when sent + count > cut.Bytes:
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, (int)Math.Max(0, cut.Bytes - sent)), context.RequestAborted).ConfigureAwait(false);
                    await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                    // An abort throws away what the kernel has not sent yet: what counts as sent is to have arrived.
                    await Task.Delay(200, context.RequestAborted).ConfigureAwait(false);
                    context.Abort();
                    return;
                case Fault.StalledAfter stall when sent + count > stall.Bytes:
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(false);
                    return;
                case Fault.Corrupted when sent == 0:
                    buffer[count / 2] ^= 0xff;
                    break;
                // What is under way gets its full speed, too, once all is healed.
                case Fault.Throttled when !faults.IsEmpty:
                    await Task.Delay(100, context.RequestAborted).ConfigureAwait(false);
                    break;
            }
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted).ConfigureAwait(false);
            sent += count;
        }
    }
}
