using System.Globalization;
using Slipway.Benchmarks;

// benchmarks BINARY [PAIRS|GROUP]: the promised figures of the agent, measured here and now. Exit 1 when one is missed.
if (args is not [var binary, .. var rest] || !File.Exists(binary))
{
    Console.Error.WriteLine("usage: benchmarks BINARY [PAIRS|process|install|fleet|config]   (BINARY as packaging/publish.sh prints it; PAIRS of boots against the script, default 2, or one group alone)");
    return 64;
}
var only = rest is [var word] && !int.TryParse(word, CultureInfo.InvariantCulture, out _) ? word : null;
var pairs = rest is [var text] && only is null ? int.Parse(text, CultureInfo.InvariantCulture) : 2;
(string Name, Func<Task<IReadOnlyList<Figure>>> MeasureAsync)[] groups =
[
    ("size", () => Task.FromResult<IReadOnlyList<Figure>>([new("size of the binary", "bytes", new FileInfo(binary).Length, 12_000_000)])),
    ("process", () => ProcessFigures.MeasureAsync(binary)),
    ("install", () => InstallFigures.MeasureAsync(binary)),
    ("fleet", () => FleetFigures.MeasureAsync(binary)),
    ("config", () => ConfigFigures.MeasureAsync(binary)),
    ("boot", () => BootRace.MeasureAsync(binary, pairs)),
];
var figures = new List<Figure>();
foreach (var group in groups.Where(group => only is null || group.Name == only))
{
    figures.AddRange(await group.MeasureAsync());
}
foreach (var figure in figures)
{
    Console.WriteLine(figure);
}
return figures.All(figure => figure.IsKept) ? 0 : 1;
