namespace Slipway.Hosting;

/// <summary>
/// What <c>systemctl enable</c> does to the files of a system that does not run: links in <c>/etc/systemd/system</c>, as the unit's
/// <c>[Install]</c> section says. No program is needed for it.
/// </summary>
/// <remarks>systemd.unit(5), "[Install] Section Options" and "Unit File Load Path".</remarks>
internal sealed class UnitLinks(FileTree files)
{
    private const string Operators = "/etc/systemd/system";
    private static readonly string[] Folders = [Operators, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    /// <summary>The state of a unit's file in systemctl's words; empty when there is no such unit.</summary>
    public string State(string unit)
    {
        if (files.Status($"{Operators}/{unit}") is { LinkTarget: "/dev/null" })
        {
            return "masked";
        }
        if (Find(unit) is not { } file)
        {
            return "";
        }
        var links = Links(unit, file);
        return links.Count == 0 ? "static" : links.TrueForAll(link => files.Status(link)?.LinkTarget is { } target && target.EndsWith($"/{unit}", StringComparison.Ordinal)) ? "enabled" : "disabled";
    }

    /// <summary>Makes the links of a unit, and of those that it names in <c>Also=</c>.</summary>
    /// <exception cref="Reporting.FailureException"><c>unit.failed</c> where there is no such unit, or it is masked.</exception>
    public void Enable(string unit) => Enable(unit, []);

    /// <summary>Takes the links away that <see cref="Enable(string)"/> makes.</summary>
    public void Disable(string unit)
    {
        foreach (var link in Find(unit) is { } file ? Links(unit, file) : [])
        {
            if (files.Status(link)?.LinkTarget is { } target && target.EndsWith($"/{unit}", StringComparison.Ordinal))
            {
                files.Delete(link);
            }
        }
    }

    private void Enable(string unit, HashSet<string> done)
    {
        if (!done.Add(unit))
        {
            return;
        }
        var state = State(unit);
        if (state is "" or "masked")
        {
            throw new Reporting.FailureException(new Reporting.Failure("unit.failed",
                $"{unit} cannot be enabled: {(state.Length > 0 ? "it is masked" : $"there is no such unit in {string.Join(", ", Folders)}")}"));
        }
        var file = Find(unit)!;
        foreach (var link in Links(unit, file))
        {
            if (files.Status(link)?.LinkTarget != file)
            {
                files.Link(link, file);
            }
        }
        foreach (var also in Values(file, "Also"))
        {
            Enable(also, done);
        }
    }

    private string? Find(string unit) => Array.Find(Folders, folder => files.Exists($"{folder}/{unit}")) is { } folder ? $"{folder}/{unit}" : null;

    private List<string> Links(string unit, string file)
    {
        var links = new List<string>();
        links.AddRange(Values(file, "WantedBy").Select(target => $"{Operators}/{target}.wants/{unit}"));
        links.AddRange(Values(file, "RequiredBy").Select(target => $"{Operators}/{target}.requires/{unit}"));
        links.AddRange(Values(file, "Alias").Where(alias => alias != unit).Select(alias => $"{Operators}/{alias}"));
        return links;
    }

    /// <summary>The words of a setting of the <c>[Install]</c> section, in order; an empty assignment takes back those before it.</summary>
    private List<string> Values(string file, string setting)
    {
        var (values, section) = (new List<string>(), "");
        foreach (var line in (files.ReadText(file) ?? "").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                section = line;
            }
            else if (section == "[Install]" && line.Split('=', 2) is [var name, var value] && name.TrimEnd() == setting)
            {
                if (value.Length == 0)
                {
                    values.Clear();
                }
                // A name with a slash or a specifier is nothing that a link could be made of.
                values.AddRange(value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.IndexOfAny(['/', '%']) < 0));
            }
        }
        return values;
    }
}
