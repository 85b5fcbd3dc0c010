using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>A download that was cut off goes on where it ended, whoever serves the rest, and what comes of it is right or refused.</summary>
public sealed class ResumeTests : IDisposable
{
    private const string Staging = "/opt/tool/.staging";
    private const int Half = 1_000_000;
    private static readonly byte[] Program = Archives.Noise(2_500_000, 1);
    private static readonly byte[] Other = Archives.Noise(2_500_000, 2);
    private static readonly string Digest = Archives.Sha256(Program);
    private readonly Node node = new();
    private readonly Slipway.Artifacts.Artifact binary = new("tool", "1.0", "amd64", new Uri("https://upstream.example/v1.0/tool"), Packing.Binary);

    private string Part => node[$"{Supply.Cache}/{Digest}.part"];

    public void Dispose() => node.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_cut_off_goes_on_where_it_ended(bool reset)
    {
        await using var mirror = new LoopbackServer((_, count) => new Reply(Program) { Tag = "\"a\"", CutAfter = count == 1 ? Half : null, Reset = reset && count == 1 });
        await IsRightAsync(mirror);
        var again = mirror.Requests[1];
        Assert.Equal("\"a\"", again["If-Range"]);
        var from = long.Parse(again["Range"]!["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
        // A reset may take with it what was not yet read.
        Assert.InRange(from, reset ? 0 : Half, Half);
        Assert.Equal(Program.Length - from, again.Sent);
    }

    [Fact]
    public async Task An_archive_goes_on_too_and_is_unpacked_in_one_pass()
    {
        var bytes = Archives.TarGzip(("bin/tool", Program), ("bin/other", Other));
        await using var mirror = new LoopbackServer((_, count) => new Reply(bytes) { Tag = "\"a\"", CutAfter = count < 4 ? Half : null });
        var programs = await new Fetch(node.Host, binary with { Packing = Packing.TarGzip }, Archives.Sha256(bytes), From(mirror)).IntoAsync(Staging, Ct);
        Assert.Equal([Digest, Archives.Sha256(Other)], programs.Select(program => program.Sha256));
        Assert.Equal(bytes.Length, mirror.Requests.Sum(asked => asked.Sent));
        Assert.Equal(Archives.Sha256(Other), node.Files.Sha256($"{Staging}/other"));
        Assert.Empty(node.Files.List(Supply.Cache));
    }

    [Fact]
    public async Task A_server_without_ranges_is_read_from_the_beginning()
    {
        await using var mirror = new LoopbackServer((_, count) => new Reply(Program) { CutAfter = count == 1 ? Half : null });
        await IsRightAsync(mirror);
        Assert.Equal(Program.Length, mirror.Requests[1].Sent);
    }

    [Fact]
    public async Task A_file_that_was_changed_meanwhile_is_read_from_the_beginning()
    {
        await using var mirror = new LoopbackServer((_, count) => count == 1
            ? new Reply(Other) { Tag = "\"old\"", CutAfter = Half }
            : new Reply(Program) { Tag = "\"new\"" });
        await IsRightAsync(mirror);
        Assert.Equal(2, mirror.Hits.Count);
    }

    [Theory]
    [InlineData("Content-Range: bytes 5-2499999/2500000\r\n")]
    [InlineData("Content-Range: bytes 1000000-2499999/2500001\r\n")]
    [InlineData("")]
    public async Task Another_part_than_was_asked_for_is_not_put_behind_what_is_there(string range)
    {
        await using var mirror = new LoopbackServer((_, count) => count switch
        {
            1 => new Reply(Program) { CutAfter = Half },
            2 => new Reply(Other) { Status = 206, Headers = range },
            _ => new Reply(Program),
        });
        await IsRightAsync(mirror);
        Assert.Null(mirror.Requests[2]["Range"]);
    }

    [Fact]
    public async Task Another_mirror_takes_over_in_the_middle()
    {
        await using var first = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"a\"", CutAfter = Half });
        await using var second = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"b\"" });
        await IsRightAsync(first, second);
        Assert.Equal(($"bytes={Half}-", null), (second.Requests[0]["Range"], second.Requests[0]["If-Range"]));
        Assert.Single(first.Hits);
    }

    [Fact]
    public async Task Halves_that_do_not_fit_are_thrown_away_once()
    {
        await using var liar = new LoopbackServer((_, _) => new Reply(Other) { Tag = "\"a\"", CutAfter = Half });
        await using var right = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"b\"" });
        await IsRightAsync(liar, right);
        Assert.Equal([$"bytes={Half}-", null], right.Requests.Select(asked => asked["Range"]));
        Assert.Contains(node.Warnings, line => line.Contains("starting over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_later_run_goes_on_with_what_an_earlier_one_has_kept()
    {
        await using (var mirror = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"a\"", CutAfter = Half, Silent = true }))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var cut = Fetched(stop.Token, mirror);
            while (!File.Exists(Part) || new FileInfo(Part).Length < Half - 200_000)
            {
                await Task.Delay(10, Ct);
            }
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cut);
        }
        Assert.False(Directory.Exists(node[Staging]));
        Assert.Equal(Half, new FileInfo(Part).Length);
        await using var again = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"a\"" });
        await IsRightAsync(again);
        Assert.Equal(Program.Length - Half, again.Requests[0].Sent);
        Assert.Empty(node.Files.List(Supply.Cache));
    }

    [Theory]
    [InlineData(Half)]
    [InlineData(2_500_000)]
    [InlineData(3_000_000)]
    public async Task What_was_kept_and_is_not_right_is_thrown_away(int length)
    {
        Directory.CreateDirectory(node[Supply.Cache]);
        File.WriteAllBytes(Part, [.. Other.Concat(Other).Take(length)]);
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"a\"" });
        await IsRightAsync(mirror);
        Assert.Equal(2, mirror.Hits.Count);
    }

    [Theory]
    [InlineData(".part")]
    [InlineData("")]
    public async Task What_is_whole_already_needs_no_network(string end)
    {
        Directory.CreateDirectory(node[Supply.Cache]);
        File.WriteAllBytes(node[$"{Supply.Cache}/{Digest}{end}"], Program);
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program));
        await IsRightAsync(mirror);
        Assert.Empty(mirror.Hits);
    }

    [Fact]
    public async Task More_announced_than_there_is_does_not_matter_when_all_is_right()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program) { Exaggerates = 1000 });
        await IsRightAsync(mirror);
        Assert.Single(mirror.Hits);
    }

    [Fact]
    public async Task Less_announced_than_there_is_is_a_mismatch_that_leaves_nothing()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program) { Exaggerates = -1000 });
        var failure = (await Assert.ThrowsAsync<FailureException>(() => Fetched(Ct, mirror))).Failure;
        Assert.Equal("artifact.digest-mismatch", failure.Code);
        Assert.All([Digest, Archives.Sha256(Program[..^1000]), $"{mirror.Url}v1.0/tool"], part => Assert.Contains(part, failure.What, StringComparison.Ordinal));
        Assert.DoesNotContain(TreeListing.Of(node.Root), line => line.Contains(" file ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_at_once_do_not_write_into_each_other()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program) { Tag = "\"a\"", BytesPerSecond = 5_000_000 });
        var both = await Task.WhenAll(
            new Fetch(node.Host, binary, Digest, From(mirror)).IntoAsync("/opt/a/.staging", Ct),
            new Fetch(node.Host, binary, Digest, From(mirror)).IntoAsync("/opt/b/.staging", Ct));
        Assert.All(both, programs => Assert.Equal(Digest, Assert.Single(programs).Sha256));
        Assert.Equal([Digest, Digest], ((string[])["a", "b"]).Select(folder => node.Files.Sha256($"/opt/{folder}/.staging/tool")));
        Assert.Empty(node.Files.List(Supply.Cache));
    }

    private async Task IsRightAsync(params LoopbackServer[] mirrors)
    {
        var program = Assert.Single(await Fetched(Ct, mirrors));
        Assert.Equal(("tool", (long)Program.Length, Digest), (program.Name, program.Size, program.Sha256));
        Assert.Equal(Digest, node.Files.Sha256($"{Staging}/tool"));
        Assert.Equal(Slipway.Hosting.Modes.Mode755, node.Files.Status($"{Staging}/tool")!.Mode);
    }

    private Task<IReadOnlyList<StagedProgram>> Fetched(CancellationToken ct, params LoopbackServer[] mirrors) =>
        new Fetch(node.Host, binary, Digest, From(mirrors)).IntoAsync(Staging, ct);

    private static Supply From(params LoopbackServer[] mirrors) => Supplies.From(null, mirrors.Select(mirror => mirror.Url));
}
