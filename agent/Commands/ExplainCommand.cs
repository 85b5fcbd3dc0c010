using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Commands;

/// <summary><c>slipway explain CODE</c>: what an error code means and what to do.</summary>
internal static class ExplainCommand
{
    /// <summary>Explains one code; without one, lists them all.</summary>
    public static ExitCode Run(GlobalOptions options, string? code)
    {
        if (code is null)
        {
            List(options);
            return ExitCode.Done;
        }
        if (ErrorCodes.Find(code) is not { } found)
        {
            List<string> codes = [.. ErrorCodes.All.Select(candidate => candidate.Code)];
            // A word of a code, or a code with a slip; all of an area would be no help.
            var near = code.Length < 4 ? [] : codes.FindAll(candidate => candidate.Contains(code, StringComparison.OrdinalIgnoreCase)
                || candidate[(candidate.IndexOf('.') + 1)..].Equals(code[(code.IndexOf('.') + 1)..], StringComparison.OrdinalIgnoreCase));
            near.AddRange(near.Count == 0 && NearestName.Of(code, codes) is { } nearest ? [nearest] : []);
            throw new FailureException(new Failure("usage.unknown-code", $"{code}: no such error code",
                near.Count > 0 ? $"Near it: {string.Join(", ", near)}" : "List them with: slipway explain"));
        }
        if (options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(Console.Out, json =>
            {
                json.WriteString("code", found.Code);
                json.WriteNumber("exitCode", found.IsWarning ? 0 : (int)found.Outcome);
                json.WriteString("means", found.Means);
                json.WriteString("fix", found.Fix);
            });
            return ExitCode.Done;
        }
        Console.Out.WriteLine($"{found.Code} ({(found.IsWarning ? "a warning: the exit code does not change" : $"exit code {(int)found.Outcome}")}"
            + $"{(found.Outcome == ExitCode.RetryLater ? ", tried again by itself" : "")})");
        Console.Out.WriteLine();
        Console.Out.WriteLine($"  {found.Means}");
        Console.Out.WriteLine();
        Console.Out.WriteLine($"  {found.Fix}");
        return ExitCode.Done;
    }

    private static void List(GlobalOptions options)
    {
        if (options.Output == OutputFormat.Json)
        {
            JsonOutput.Write(Console.Out, json =>
            {
                json.WriteStartArray("codes");
                foreach (var code in ErrorCodes.All)
                {
                    json.WriteStartObject();
                    json.WriteString("code", code.Code);
                    json.WriteNumber("exitCode", code.IsWarning ? 0 : (int)code.Outcome);
                    json.WriteString("means", code.Means);
                    json.WriteString("fix", code.Fix);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return;
        }
        foreach (var code in ErrorCodes.All)
        {
            Console.Out.WriteLine($"{code.Code,-32} {code.Means}");
        }
    }
}
