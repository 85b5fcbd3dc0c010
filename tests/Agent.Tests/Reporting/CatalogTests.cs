using System.Reflection;
using System.Text.RegularExpressions;
using Slipway.Reporting;

namespace Slipway.Tests.Reporting;

/// <summary>Every event and every error code is explained, once.</summary>
public sealed partial class CatalogTests
{
    private static readonly string Catalog = File.ReadAllText(Path.Join(Source.Repository, "packaging/catalog/slipway.catalog"));

    private static List<EventKind> Kinds => [.. typeof(EventKind).GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(property => property.PropertyType == typeof(EventKind)).Select(property => (EventKind)property.GetValue(null)!)];

    [Fact]
    public void Every_kind_of_event_has_an_id_of_its_own()
    {
        Assert.True(Kinds.Count > 10);
        Assert.All(Kinds, kind => Assert.Matches("^[0-9a-f]{32}$", kind.MessageId));
        Assert.Equal(Kinds.Count, Kinds.Select(kind => kind.MessageId).Distinct().Count());
    }

    [Fact]
    public void Every_kind_of_event_is_in_the_journal_catalog_once_and_nothing_else_is() =>
        Assert.Equal(Kinds.Select(kind => kind.MessageId).Order(), Entries().Matches(Catalog).Select(match => match.Groups[1].Value).Order());

    [Fact]
    public void A_catalog_entry_has_a_subject_and_names_only_fields_that_there_are()
    {
        string[] fields = ["SLIPWAY_STEP", "SLIPWAY_CODE", "SLIPWAY_SOURCE", "SLIPWAY_ATTEMPT", "SLIPWAY_DURATION_USEC", "SLIPWAY_CONFIG_SHA256", "SLIPWAY_BYTES", "SLIPWAY_FROM", "MESSAGE"];
        foreach (var entry in Catalog.Split("\n-- ").Skip(1))
        {
            Assert.Matches("^[0-9a-f]{32}\nSubject: .+\nDefined-By: Slipway\n\n", entry);
            Assert.All(Placeholders().Matches(entry).Select(match => match.Groups[1].Value), name => Assert.Contains(name, fields));
        }
    }

    [Fact]
    public void Every_code_that_the_source_uses_is_explained_and_every_explanation_is_used()
    {
        var used = new HashSet<string>();
        foreach (var path in Source.AgentFiles.Where(path => !path.EndsWith("ErrorCodes.cs", StringComparison.Ordinal)))
        {
            used.UnionWith(Codes().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value));
        }
        var known = ErrorCodes.All.Select(code => code.Code).ToHashSet();
        var areas = known.Select(code => code.Split('.')[0]).ToHashSet();
        Assert.Empty(used.Where(code => areas.Contains(code.Split('.')[0]) && !known.Contains(code)).Except(NotCodes));
        Assert.Empty(known.Except(used));
    }

    [Fact]
    public void Every_failure_in_the_source_names_a_code_that_is_explained()
    {
        var known = ErrorCodes.All.Select(code => code.Code).ToHashSet();
        var unknown = from path in Source.AgentFiles
                      from match in Failures().Matches(File.ReadAllText(path))
                      where !known.Contains(match.Groups[1].Value)
                      select $"{Path.GetFileName(path)}: {match.Groups[1].Value}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_explanation_says_what_it_means_and_what_to_do()
    {
        Assert.Equal(ErrorCodes.All.Count, ErrorCodes.All.Select(code => code.Code).Distinct().Count());
        Assert.All(ErrorCodes.All, code =>
        {
            Assert.Matches("^[a-z0-9]+\\.[a-z0-9-]+$", code.Code);
            Assert.True(code.Means.Length > 10 && code.Fix.Length > 10, code.Code);
            Assert.True(code.Outcome is not (ExitCode.Done or ExitCode.Findings), code.Code);
        });
    }

    // Words with a dot in the same areas that are no codes: file names, units, JSON fields.
    private static readonly string[] NotCodes = ["kubernetes.io", "config.json", "config.yaml", "node.d", "config.toml", "guestinfo.userdata", "guestinfo.metadata"];

    [GeneratedRegex("^-- ([0-9a-f]{32})$", RegexOptions.Multiline)]
    private static partial Regex Entries();

    [GeneratedRegex("@([A-Z_]+)@")]
    private static partial Regex Placeholders();

    [GeneratedRegex("\"([a-z]+[0-9]*\\.[a-z0-9]+(?:-[a-z0-9]+)*)\"")]
    private static partial Regex Codes();

    [GeneratedRegex("new (?:Reporting\\.)?Failure\\(\\s*\"([^\"]+)\"")]
    private static partial Regex Failures();
}
