using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Resources;

/// <summary>A registry's <c>hosts.toml</c>, root's alone because it may hold credentials, which are read when it is written.</summary>
/// <param name="Name">HOST, HOST:PORT or <c>_default</c>.</param>
/// <param name="Section">What is wanted of it.</param>
/// <remarks>
/// An inspection reads the secrets that lie on the node. Those of a URL or a program it does not ask for, since asking has effects: of them it
/// takes what the file holds, so that everything else of the file is still compared.
/// </remarks>
internal sealed record RegistryResource(string Name, RegistrySection Section) : Resource($"file:{HostsFile.PathOf(Name)}")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [System.IO.Path.GetDirectoryName(HostsFile.PathOf(Name))!];

    /// <inheritdoc/>
    public override string After(Host host) => Replaced.Describe(host.Files, HostsFile.PathOf(Name));

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var stands = HostsFile.Authorizations(host.Files.ReadText(HostsFile.PathOf(Name)) ?? "");
        var headers = new List<string?>();
        var (given, unreadable) = (0, (Failure?)null);
        foreach (var endpoint in HostsFile.Endpoints(Name, Section))
        {
            var header = (string?)null;
            if (endpoint.Credentials is { } credentials)
            {
                header = stands.Count > given ? stands[given] : "";
                given++;
                try
                {
                    header = credentials is SecretRef.FromUrl or SecretRef.FromExec ? header : await ReadAsync(host, credentials, ct);
                }
                catch (FailureException e) when (e.Failure.Code.StartsWith("secret.", StringComparison.Ordinal))
                {
                    unreadable ??= e.Failure;
                }
            }
            headers.Add(header);
        }
        var finding = await File(headers).InspectAsync(host, scrutiny, ct);
        // Where the file holds the secret already, its source may be gone.
        return finding is Finding.Differs && unreadable is not null ? new Finding.Refused(unreadable) : finding;
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var headers = new List<string?>();
        foreach (var endpoint in HostsFile.Endpoints(Name, Section))
        {
            headers.Add(endpoint.Credentials is { } credentials ? await ReadAsync(host, credentials, ct) : null);
        }
        await File(headers).ApplyAsync(host, ct);
    }

    /// <inheritdoc/>
    public override Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct) => new FileResource(HostsFile.PathOf(Name), "").RemoveAsync(host, trace, ct);

    private FileResource File(IReadOnlyList<string?> headers) => new(HostsFile.PathOf(Name), HostsFile.Write(Name, Section, headers), Modes.Mode600);

    private async Task<string> ReadAsync(Host host, SecretRef credentials, CancellationToken ct) =>
        AuthorizationHeader.Of((await SecretValue.ReadAsync(host, credentials, $"credentials of the registry {Name}", ct)).Reveal());
}
