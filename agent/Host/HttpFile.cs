using System.Net;
using System.Net.Http.Headers;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>A file on a web server, which can be read from its middle. Credentials go to the server that was named, wherever that sends us.</summary>
/// <param name="url">Its address, perhaps with <c>user:password@</c>.</param>
/// <param name="credentials"><c>user:password</c>, or a bearer token; null for those of the address.</param>
internal sealed class HttpFile(Uri url, string? credentials = null)
{
    private const int MostRedirects = 10;

    private readonly string? authorization = (credentials ?? AuthorizationHeader.In(url)) is { } secret ? AuthorizationHeader.Of(secret) : null;

    /// <summary>Begins to read.</summary>
    /// <param name="http">The client.</param>
    /// <param name="from">Bytes that are there already; the answer is 206 when the rest follows, and 200 when all does.</param>
    /// <param name="validator">What those bytes came with (<see cref="ValidatorOf"/>): another file then comes whole. Empty for none.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <returns>An answer that is a success.</returns>
    /// <exception cref="FailureException"><c>http.refused</c>, also for redirects that lead nowhere or from https to http, and other <c>http.*</c>.</exception>
    public async Task<HttpResponseMessage> OpenAsync(Http http, long from, string validator, CancellationToken ct)
    {
        var here = new UriBuilder(url) { UserName = "", Password = "" }.Uri;
        var seen = new List<Uri>();
        for (var own = here; ;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, here) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
            if (authorization is not null && here.Scheme == own.Scheme && here.Authority == own.Authority)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }
            Ask(request.Headers, from, validator);
            var response = await http.SendAsync(request, Http.IdleTimeout, ct);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }
            using var other = response;
            if ((int)response.StatusCode is not (>= 300 and < 400 and var status) || response.Headers.Location is not { } location)
            {
                throw Http.Refused(request, response);
            }
            seen.Add(here);
            var next = new Uri(here, location);
            var why = seen.Contains(next) ? "where it has sent us already: the redirects go round in a circle"
                : seen.Count > MostRedirects ? $"after {MostRedirects} redirects, which is not followed"
                : next.Scheme != Uri.UriSchemeHttps && next.Scheme != here.Scheme ? $"which is not followed: from {here.Scheme} to {next.Scheme}"
                : null;
            if (why is not null)
            {
                throw new FailureException(new Failure("http.refused", $"GET {Http.Shown(here)}: HTTP {status} to {Http.Shown(next)}, {why}", "Name the address where the files really are."));
            }
            here = next;
        }
    }

    /// <summary>Adds what asks for the rest of a file.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="from">Bytes that are there already.</param>
    /// <param name="validator">What they came with; empty for none.</param>
    public static void Ask(HttpRequestHeaders headers, long from, string validator)
    {
        if (from == 0)
        {
            return;
        }
        headers.Range = new RangeHeaderValue(from, null);
        if (validator.Length > 0)
        {
            headers.TryAddWithoutValidation("If-Range", validator);
        }
    }

    /// <summary>What tells this file from its next version: the strong <c>ETag</c>, else <c>Last-Modified</c>; empty for neither.</summary>
    /// <remarks>A weak tag does not promise the same bytes: RFC 9110, 13.1.5.</remarks>
    public static string ValidatorOf(HttpResponseMessage response) => response.Headers.ETag is { IsWeak: false } tag
        ? tag.Tag
        : response.Content.Headers.NonValidated.TryGetValues("Last-Modified", out var date) ? date.ToString() : "";
}
