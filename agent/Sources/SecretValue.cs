using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>Reads a secret at the moment it is needed, from wherever the configuration says it is.</summary>
internal static class SecretValue
{
    /// <summary>The secret itself.</summary>
    /// <param name="host">The outside world.</param>
    /// <param name="reference">Where it is.</param>
    /// <param name="name">What it is, for messages: <c>token</c>.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <exception cref="FailureException"><c>secret.unreadable</c> or <c>secret.scrubbed</c>.</exception>
    public static async Task<Secret<string>> ReadAsync(Host host, SecretRef reference, string name, CancellationToken ct) => reference switch
    {
        SecretRef.Literal literal => literal.Value,
        SecretRef.FromFile file => Text(host.Files.ReadText(file.Path), name, file.Path),
        SecretRef.FromCredential credential => Text(Credential(host.Files, credential.Name, name), name, $"credential {credential.Name}"),
        SecretRef.FromUrl url => await FromUrlAsync(host, url, name, ct),
        SecretRef.FromExec exec => await FromExecAsync(host, exec, name, ct),
        SecretRef.Scrubbed => throw new FailureException(new Failure("secret.scrubbed",
            $"the {name} was used once and removed from the saved configuration; no source gives a new one")),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Credential(FileTree files, string credential, string name) => CredentialSource.Read(files, credential) is { } bytes
        ? Encoding.UTF8.GetString(bytes)
        : throw Unreadable(name, $"neither slipway.service (LoadCredential={credential}:/PATH) nor the machine has a credential {credential}");

    private static async Task<Secret<string>> FromUrlAsync(Host host, SecretRef.FromUrl reference, string name, CancellationToken ct)
    {
        using var response = await host.Http.GetAsync(
            new Uri(reference.Url.Reveal()), ct, headers =>
            {
                foreach (var (header, value) in reference.Headers)
                {
                    headers.TryAddWithoutValidation(header, value.Reveal());
                }
            });
        return Text(await Http.ReadTextAsync(response, ct), name, reference.Url.ToString());
    }

    private static async Task<Secret<string>> FromExecAsync(Host host, SecretRef.FromExec reference, string name, CancellationToken ct)
    {
        var argv = reference.Argv.Reveal();
        var result = await host.Processes.RunAsync(new Command(argv[0], [.. argv.Skip(1)]), ct);
        return result is CommandResult.Ended { ExitCode: 0 } ended
            ? Text(ended.Output, name, argv[0])
            // What it printed may be half a secret.
            : throw Unreadable(name, $"{argv[0]} did not end well");
    }

    private static Secret<string> Text(string? text, string name, string where) => text?.Trim() is { Length: > 0 } value
        ? new Secret<string>(value)
        : throw Unreadable(name, $"{where} does not exist or is empty");

    private static FailureException Unreadable(string name, string why) => new(new Failure("secret.unreadable", $"the {name}: {why}"));
}
