namespace Slipway.Hosting;

/// <summary>A containerd that others installed, as it is.</summary>
internal sealed record FoundContainerd
{
    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Where the program lies; null when there is none.</summary>
    public string? Program { get; init; }

    /// <summary>Its version, as it says; empty when it does not.</summary>
    public string Version { get; init; } = "";

    /// <summary>Why its version or configuration could not be read; empty when they could.</summary>
    public string Trouble { get; init; } = "";

    /// <summary>The plugins that its configuration switches off.</summary>
    public IReadOnlyList<string> DisabledPlugins { get; init; } = [];

    /// <summary>Whether containers of its default runtime get cgroups from systemd; null when the configuration does not say.</summary>
    public bool? SystemdCgroup { get; init; }

    /// <summary>Where its unit stands; an empty file state means that there is none.</summary>
    public UnitState Unit { get; init; } = new("", "");

    /// <summary>Looks at what is there; changes nothing.</summary>
    public static async Task<FoundContainerd> LookAsync(Host host, CancellationToken ct)
    {
        var unit = await host.Services.StateAsync("containerd.service", ct);
        if (Folders.Select(folder => $"{folder}/containerd").FirstOrDefault(host.Files.Exists) is not { } program)
        {
            return new FoundContainerd { Unit = unit };
        }
        var said = await host.Foreign.AskAsync(new Command(program, "--version"), ct);
        // What it makes of its file and all that the file imports: the file alone says little.
        var dump = await host.Foreign.AskAsync(new Command(program, "config", "dump"), ct);
        var found = new FoundContainerd
        {
            Program = program,
            // Such as "containerd github.com/containerd/containerd/v2 v2.3.4 5ea1b5f".
            Version = (said as CommandResult.Ended)?.Output.Split((char[])[' ', '\n'])
                .FirstOrDefault(word => word.Length > 1 && char.IsAsciiDigit(word.TrimStart('v').FirstOrDefault()) && word.Contains('.', StringComparison.Ordinal))?.TrimStart('v') ?? "",
            Trouble = !said.Succeeded ? $"{program} --version: {said.Describe()}" : !dump.Succeeded ? $"{program} config dump: {dump.Describe()}" : "",
            Unit = unit,
        };
        return dump is CommandResult.Ended { ExitCode: 0, Output: var toml } ? found.Configured(toml) : found;
    }

    /// <summary>The same with what a merged configuration says.</summary>
    /// <param name="toml">As <c>containerd config dump</c> prints it: a key a line, in tables with headers of their own.</param>
    internal FoundContainerd Configured(string toml)
    {
        string table = "", runtime = "runc";
        List<string> disabled = [];
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        var inList = false;
        foreach (var raw in toml.Split('\n'))
        {
            var line = raw.Trim();
            var key = inList ? "" : line.Split('=')[0].Trim();
            if (!inList && line.StartsWith('['))
            {
                table = line.Trim('[', ']').Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
                continue;
            }
            var value = inList ? line : line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
            if (inList || (table.Length == 0 && key == "disabled_plugins"))
            {
                disabled.AddRange(value.Trim('[', ']', ' ').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(plugin => plugin.Trim('[', ']', '"', '\'', ' ')).Where(plugin => plugin.Length > 0));
                inList = !value.Contains(']', StringComparison.Ordinal);
            }
            else if (key == "default_runtime_name" && table.EndsWith(".containerd", StringComparison.Ordinal))
            {
                runtime = value.Trim('"', '\'');
            }
            else if (key == "SystemdCgroup")
            {
                groups[table] = value;
            }
        }
        var group = groups.FirstOrDefault(pair => pair.Key.EndsWith($".runtimes.{runtime}.options", StringComparison.Ordinal)).Value;
        return this with { DisabledPlugins = disabled, SystemdCgroup = group switch { "true" => true, "false" => false, _ => null } };
    }
}
