using Slipway.Config;
using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Commands;

/// <summary><c>slipway config sources</c>: where each source stands, and which one is chosen. Reads, and changes nothing.</summary>
internal static class SourcesCommand
{
    /// <summary>Prints a line a source. Mistakes in the agent's own settings are told too, and are <see cref="ExitCode.BadConfiguration"/>.</summary>
    public static async Task<ExitCode> RunAsync(Session session, CancellationToken ct)
    {
        var order = SourceOrder.Of(session.Facts, session.Settings);
        var reports = await new Survey(session.Host, order).AllAsync([.. session.Options.ConfigSources.Select(ConfigSource.Parse)], ct);
        var problems = session.Settings.Problems;
        var end = problems.Count > 0 ? ExitCode.BadConfiguration : ExitCode.Done;
        if (problems.Count > 0)
        {
            // Without its settings the agent may ask in the wrong place: it takes nothing from there.
            reports = [.. reports.Select(report => report with { IsChosen = false })];
        }
        foreach (var problem in problems)
        {
            Console.Error.WriteLine($"{problem} [{problem.Code}]");
        }
        if (session.Options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(session.Out, json =>
            {
                json.WriteString("decidedBy", order.Platform);
                json.WriteStartArray("sources");
                foreach (var report in reports)
                {
                    json.WriteStartObject();
                    json.WriteString("name", report.Name);
                    json.WriteString("state", report.StateWord);
                    json.WriteBoolean("chosen", report.IsChosen);
                    json.WriteString("why", report.Why);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                ConfigCommand.WriteProblems(json, "problems", problems);
            });
            return end;
        }
        var width = reports.Max(report => report.Name.Length);
        foreach (var report in reports)
        {
            session.Out.WriteLine($"{(report.IsChosen ? '*' : ' ')} {report.Name.PadRight(width)}  {report.StateWord,-21}  {report.Why}");
        }
        var chosen = reports.Where(report => report.IsChosen).Select(report => report.Name).ToList();
        session.Out.WriteLine(
            problems.Count > 0 ? $"run would stop: {problems.Count} {(problems.Count == 1 ? "mistake" : "mistakes")} in {Settings.FilePath}"
            : reports.FirstOrDefault(report => report.State == SourceState.Malformed) is { } broken ? $"run would stop: {broken.Name} is malformed"
            : chosen.Count > 0 ? $"chosen: {string.Join(" + ", chosen)}"
            : "no source is chosen");
        return end;
    }
}
