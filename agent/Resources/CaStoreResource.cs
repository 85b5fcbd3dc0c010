using Slipway.Config;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>CA certificates that the operating system trusts, and with it containerd and every other program of the node.</summary>
/// <param name="Pem">The certificates.</param>
/// <param name="OsId"><c>ID</c> of os-release, for advice.</param>
internal sealed record CaStoreResource(string Pem, string OsId) : Resource("trust:system")
{
    /// <summary>What was put into the store last, written once it is there: it changes whenever the store does by our doing.</summary>
    public const string Record = "/var/lib/slipway/trusted-cas.pem";

    private IReadOnlyList<string> Certificates => PemBundle.Split(Pem);

    /// <inheritdoc/>
    public override Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        if (CaStore.Find(host.Files) is not { } store)
        {
            return Task.FromResult<Finding>(new Finding.Refused(CaStore.Missing(OsId)));
        }
        var wanted = store.Files(Certificates);
        var isThere = host.Files.ReadText(Record) == string.Concat(Certificates) && store.Present(host.Files).Count() == wanted.Count
            && wanted.All(file => host.Files.ReadText(file.Key) == file.Value) && Lacking(host, store) is null;
        return Task.FromResult<Finding>(isThere
            ? new Finding.AsWanted()
            : new Finding.Differs($"trust {Certificates.Count} more CA certificates on the whole system ({System.IO.Path.GetFileName(store.Program)})"));
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        var store = CaStore.Find(host.Files)!;
        var wanted = store.Files(Certificates);
        var stale = store.Present(host.Files).Where(path => !wanted.ContainsKey(path)).ToList();
        stale.ForEach(host.Files.Delete);
        foreach (var (path, content) in wanted)
        {
            host.Files.Write(path, content, Modes.Mode644);
        }
        await UpdateAsync(host, store, stale.Count > 0 ? store.Removing : store.Arguments, ct);
        if (Lacking(host, store) is { } lacking)
        {
            throw new FailureException(new Failure("trust.update-failed", $"{store.Program} left a certificate out of {store.Bundle}: {lacking}",
                "It takes CA certificates alone: see that it is one (openssl x509 -text)."));
        }
        host.Files.CreateDirectory("/var/lib/slipway", Modes.Mode700);
        host.Files.Write(Record, string.Concat(Certificates), Modes.Mode644);
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (CaStore.Find(host.Files) is { } store)
        {
            store.Present(host.Files).ToList().ForEach(host.Files.Delete);
            await UpdateAsync(host, store, store.Removing, ct);
        }
        host.Files.Delete(Record);
        return "";
    }

    private static async Task UpdateAsync(Host host, CaStore store, string[] arguments, CancellationToken ct)
    {
        var result = await host.Foreign.RunAsync(new Command(store.Program, arguments) { Deadline = TimeSpan.FromMinutes(2) }, ct);
        if (!result.Succeeded)
        {
            throw new FailureException(new Failure("trust.update-failed", $"{store.Program}: {result.Describe()}"));
        }
    }

    /// <summary>The name of a certificate that the bundle does not have; null when it has them all.</summary>
    private string? Lacking(Host host, CaStore store)
    {
        var bundled = PemBundle.Bodies(host.Files.ReadText(store.Bundle) ?? "");
        foreach (var certificate in Certificates)
        {
            if (!bundled.IsSupersetOf(PemBundle.Bodies(certificate)))
            {
                return PemBundle.TryRead(certificate)![0].Subject;
            }
        }
        return null;
    }
}
