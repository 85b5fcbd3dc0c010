using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>Asks every source that <c>run</c> would ask, each once and for a short time, and says where all of them stand.</summary>
/// <param name="host">The outside world.</param>
/// <param name="order">The automatic choice on this machine.</param>
internal sealed class Survey(Host host, SourceOrder order)
{
    /// <summary>How long one source is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // What has no meaning until somebody gives it one.
    private static readonly string[] NamedOnly = ["ssm-parameter:NAME", "file:///PATH", "https://…#sha256=HEX", "-"];

    /// <summary>All sources: those that are asked first, in their order.</summary>
    /// <param name="named">The sources of <c>--config-source</c>; empty surveys the automatic choice.</param>
    /// <param name="ct">Ends the call early.</param>
    public async Task<IReadOnlyList<SourceReport>> AllAsync(IReadOnlyList<ConfigSource> named, CancellationToken ct)
    {
        List<SourceReport> reports = [await AskAsync(new FileSource(Gather.ImageFolder, OnNode: true), ct)];
        var isAutomatic = named.Count == 0;
        var isDecided = reports[0].State == SourceState.Malformed;
        foreach (var source in isAutomatic ? order.Sources : named)
        {
            var report = await AskAsync(source, ct);
            reports.Add(report with { IsChosen = !isDecided && report.State == SourceState.Found });
            // The automatic choice ends with the first that has something, good or broken, or that run would wait for; of named ones all count.
            isDecided |= report.State == SourceState.Malformed || (isAutomatic && (report.State == SourceState.Found
                || (report.State == SourceState.Unreachable && (order.Platform == Settings.FilePath || source.IsNamedBy(host)))));
        }
        reports.Add(await AskAsync(new FileSource(Gather.OperatorsFolder, OnNode: true), ct));
        foreach (var name in SourceNames.Plain.Concat([$"credential:{CredentialSource.Default}", .. NamedOnly]).Where(name => reports.All(report => report.Name != name)))
        {
            reports.Add(
                NamedOnly.Contains(name) ? new SourceReport(name, SourceState.NotAsked, "asked where --config-source names it")
                : !isAutomatic ? new SourceReport(name, SourceState.NotAsked, "--config-source names others")
                : order.Platform == Settings.FilePath ? new SourceReport(name, SourceState.NotAsked, $"{Settings.FilePath} does not name it")
                : new SourceReport(name, SourceState.NotForPlatform, $"the platform ({order.Platform}) is not known to have it"));
        }
        return reports;
    }

    private async Task<SourceReport> AskAsync(ConfigSource source, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            return await source.ReadAsync(host, patience.Token) switch
            {
                SourceResult.Absent absent => new SourceReport(source.Name, SourceState.Absent, absent.Why),
                SourceResult.Unreachable failed => new SourceReport(source.Name, SourceState.Unreachable, failed.Failure.ToString()),
                SourceResult.Malformed broken => new SourceReport(source.Name, SourceState.Malformed, broken.Failure.ToString()),
                SourceResult.Found found => Look(host, source, found),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (FailureException e)
        {
            return new SourceReport(source.Name, e.Failure.ExitCode == ExitCode.BadConfiguration ? SourceState.Malformed : SourceState.Unreachable, e.Failure.ToString());
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new SourceReport(source.Name, SourceState.Unreachable, $"did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static SourceReport Look(Host host, ConfigSource source, SourceResult.Found found)
    {
        var (count, why) = (0, "");
        foreach (var payload in found.Payloads)
        {
            var problem = UserData.FindDocuments(payload.Bytes, payload.Origin, found.Instance, source is FileSource ? null : path => Gather.Written(host, path)) switch
            {
                UserDataResult.Found some => Count(some),
                UserDataResult.Malformed wrong => wrong.Problems[0],
                UserDataResult.NoDocuments none => Nothing(payload, none.Why),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            if (problem is not null)
            {
                return new SourceReport(source.Name, SourceState.Malformed, problem.ToString());
            }
        }
        return count == 0
            ? new SourceReport(source.Name, SourceState.Absent, why)
            : new SourceReport(source.Name, SourceState.Found, $"{count} {(count == 1 ? "document" : "documents")} in {string.Join(", ", found.Payloads.Select(p => p.Origin.File))}");

        Problem? Count(UserDataResult.Found some)
        {
            count += some.Documents.Count;
            return null;
        }

        Problem? Nothing(Payload payload, string what)
        {
            why = $"{payload.Origin.File} holds no NodeConfig ({what})";
            return Gather.IsMistake(source, payload, what);
        }
    }
}
