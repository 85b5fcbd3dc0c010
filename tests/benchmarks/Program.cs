using System.Globalization;
using Slipway.Benchmarks;

// benchmarks BINARY [PAIRS]: the promised figures of the agent, measured here and now. Exit 1 when one is missed.
if (args is not [var binary, .. var rest] || !File.Exists(binary))
{
    Console.Error.WriteLine("usage: benchmarks BINARY [PAIRS]   (BINARY as packaging/publish.sh prints it; PAIRS of boots against the script, default 2)");
    return 64;
}
var pairs = rest is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 2;
var figures = new List<Figure>
{
    new("size of the binary", "bytes", new FileInfo(binary).Length, 12_000_000),
};
figures.AddRange(await ProcessFigures.MeasureAsync(binary));
figures.AddRange(await InstallFigures.MeasureAsync(binary));
figures.AddRange(await FleetFigures.MeasureAsync(binary));
figures.AddRange(await ConfigFigures.MeasureAsync(binary));
figures.AddRange(await BootRace.MeasureAsync(binary, pairs));
foreach (var figure in figures)
{
    Console.WriteLine(figure);
}
return figures.All(figure => figure.IsKept) ? 0 : 1;
