using Slipway.Reporting;
using Slipway.Sources;

namespace Slipway.Commands;

/// <summary><c>slipway config sources</c>: where each source stands, and which one is chosen. Reads, and changes nothing.</summary>
internal static class SourcesCommand
{
    /// <summary>Prints a line a source.</summary>
    public static async Task<ExitCode> RunAsync(Session session, CancellationToken ct)
    {
        var order = SourceOrder.Of(session.Facts, session.Settings);
        var reports = await new Survey(session.Host, order).AllAsync([.. session.Options.ConfigSources.Select(ConfigSource.Parse)], ct);
        foreach (var problem in session.Settings.Problems)
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
            });
            return ExitCode.Done;
        }
        var width = reports.Max(report => report.Name.Length);
        foreach (var report in reports)
        {
            session.Out.WriteLine($"{(report.IsChosen ? '*' : ' ')} {report.Name.PadRight(width)}  {report.StateWord,-21}  {report.Why}");
        }
        var chosen = reports.Where(report => report.IsChosen).Select(report => report.Name).ToList();
        session.Out.WriteLine(
            reports.FirstOrDefault(report => report.State == SourceState.Malformed) is { } broken ? $"run would stop: {broken.Name} is malformed"
            : chosen.Count > 0 ? $"chosen: {string.Join(" + ", chosen)}"
            : "no source is chosen");
        return ExitCode.Done;
    }
}
