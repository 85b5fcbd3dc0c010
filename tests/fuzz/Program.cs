using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Slipway.Fuzz;

var seconds = new Option<int?>("--seconds") { Description = "Stop after this time. Default: 60, or none where --count is given.", HelpName = "N" };
var count = new Option<long?>("--count") { Description = "Stop after this many inputs.", HelpName = "N" };
var seed = new Option<ulong?>("--seed") { Description = "Where the dice begin; the same seed and --count give the same inputs. Default: random, printed.", HelpName = "S" };
var large = new Option<bool>("--large") { Description = "Inputs of up to 1 MB instead of up to 4 KiB." };
var names = new Option<string[]>("--target") { Description = $"Only this target; repeatable. There are {string.Join(", ", Target.All.Select(t => t.Name))}.", HelpName = "NAME" };
var findings = new Option<string>("--findings") { Description = "Where findings are written, minimised.", HelpName = "DIR", DefaultValueFactory = _ => "out/fuzz" };
var replay = new Option<string[]>("--replay") { Description = "Run these files, or all files of these folders, through every target instead; repeatable.", HelpName = "PATH" };
names.AcceptOnlyFromAmong([.. Target.All.Select(t => t.Name)]);

var command = new RootCommand(
    "Feeds hostile input to everything that reads configuration, in this process, and checks what must hold: no exception but the code's own "
    + "error results, less than a second, a heap of at most 64 MB; what is valid prints, saves, merges and reads back as itself. "
    + "Exit 1 when something does not hold; each finding is written, minimised, with its seed. A crash leaves the input at work in current-PID, its length in the first four bytes.")
{
    seconds, count, seed, large, names, findings, replay,
};
command.SetAction(parsed =>
{
    var targets = Target.All.Where(t => parsed.GetValue(names) is not { Length: > 0 } only || only.Contains(t.Name)).ToList();
    var begin = parsed.GetValue(seed) ?? (ulong)Random.Shared.NextInt64();
    var folder = parsed.GetValue(findings)!;
    var corpus = Corpus.Read(Corpus.Folder());
    var fuzzer = new Fuzzer(targets, corpus, begin, parsed.GetValue(large));
    var how = string.Create(CultureInfo.InvariantCulture, $"seed {begin}{(parsed.GetValue(large) ? ", large" : "")}");
    Console.Error.WriteLine($"{how}; {targets.Count} targets, {corpus.All.Count()} inputs in the corpus");

    using var watch = new Watch(fuzzer, folder, how);
    var most = parsed.GetValue(count);
    var until = TimeSpan.FromSeconds(parsed.GetValue(seconds) ?? (most is null ? 60 : int.MaxValue));
    var start = Stopwatch.GetTimestamp();
    var found = 0;
    // What is known must hold before anything new is tried.
    var all = parsed.GetValue(replay) is { Length: > 0 } paths
        ? fuzzer.Replay(paths.SelectMany(p => Directory.Exists(p) ? Directory.GetFiles(p, "*", SearchOption.AllDirectories) : [p]).Select(File.ReadAllBytes))
        : fuzzer.Replay(corpus.All).Concat(fuzzer.Run(() => (most is null || fuzzer.Inputs < most) && Stopwatch.GetElapsedTime(start) < until));
    foreach (var finding in all)
    {
        found++;
        var least = finding.Minimise();
        Console.Error.WriteLine($"FINDING {least.Write(folder, how)}: {least.What.Split('\n')[0]}");
    }

    var rate = fuzzer.Inputs / Stopwatch.GetElapsedTime(start).TotalSeconds;
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{how}; {rate:0} inputs/s, {fuzzer.Outcomes} different outcomes"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{fuzzer.Inputs} inputs, {found} findings, slowest {fuzzer.Slowest.TotalMilliseconds:0} ms, largest {fuzzer.MostHeap / 1e6:0} MB"));
    return found == 0 ? 0 : 1;
});
return command.Parse(args).Invoke();
