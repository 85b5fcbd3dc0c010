using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Clusters;

/// <summary>Whether a joined node works: its kubelet says so, and the API server lets it read its own Node. Ready is not asked for.</summary>
internal static class Verification
{
    private static readonly Uri Healthz = new("http://127.0.0.1:10248/healthz");
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>Waits until the node is verified.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="member">The node's credentials.</param>
    /// <param name="nodeName">The node's name.</param>
    /// <param name="deadline">For the whole wait.</param>
    /// <param name="ct">Ends the wait early.</param>
    /// <exception cref="FailureException"><c>verify.kubelet-unhealthy</c> or <c>verify.node-unreadable</c> once time is up.</exception>
    public static Task WaitAsync(Host host, Membership.Member member, string nodeName, TimeSpan deadline, CancellationToken ct) =>
        new Retry(deadline) { Longest = TimeSpan.FromSeconds(5) }.RunAsync("verify the join", host.Clock, host.Log, async (_, token) =>
        {
            if (await ProblemAsync(host, member, nodeName, AnswerWithin, token) is { } problem)
            {
                throw new FailureException(problem);
            }
            return 0;
        }, ct);

    /// <summary>Looks once; null when all is well.</summary>
    public static async Task<Failure?> ProblemAsync(Host host, Membership.Member member, string nodeName, TimeSpan timeout, CancellationToken ct)
    {
        var health = await host.Http.ProbeAsync(Healthz, timeout, ct);
        if (health != 200)
        {
            return new Failure("verify.kubelet-unhealthy",
                health is null ? $"nothing answers at {Healthz}: the kubelet is not running" : $"{Healthz} answers HTTP {health}");
        }
        try
        {
            // All of the bundle: while a CA is rotated, either may have signed the server's certificate.
            var authority = new X509Certificate2Collection();
            authority.ImportFromPem(member.Authority);
            using var ephemeral = X509Certificate2.CreateFromPem(member.ClientPem.Reveal(), member.ClientPem.Reveal());
            await Http.GetTextAsync(new Uri(member.Server, $"/api/v1/nodes/{nodeName}"), authority, ephemeral, timeout, ct);
            return null;
        }
        catch (FailureException e)
        {
            return new Failure("verify.node-unreadable", e.Failure.What);
        }
        catch (CryptographicException e)
        {
            return new Failure("verify.node-unreadable", $"the node's client certificate cannot be used: {e.Message}");
        }
    }
}
