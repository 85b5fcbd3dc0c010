using System.Formats.Tar;
using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>Verified or refused: what a mirror serves is installed whole and as vouched for, or not at all.</summary>
public sealed class FetchTests : IDisposable
{
    private const string Staging = "/opt/tool/.staging";
    private static readonly string Outside = Path.Join(Path.GetTempPath(), $"slipway-escape-{Environment.ProcessId}");
    private static readonly byte[] Good = Archives.TarGzip(("bin/tool", Archives.Noise(50_000, 1)), ("bin/other", Archives.Noise(10, 2)));
    private readonly Node node = new();
    private readonly Slipway.Artifacts.Artifact artifact = new("tool", "1.0", "amd64", new Uri("https://upstream.example/v1.0/tool.tar.gz"), Packing.TarGzip);

    public void Dispose() => node.Dispose();

    [Fact]
    public async Task A_file_with_the_right_digest_is_staged_with_its_programs()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Good));
        var programs = await FetchAsync(Archives.Sha256(Good), mirror);
        Assert.Equal([("tool", 50_000L), ("other", 10L)], programs.Select(program => (program.Name, program.Size)));
        Assert.Equal(Archives.Sha256(File.ReadAllBytes(node[$"{Staging}/tool"])), programs[0].Sha256);
        Assert.Equal("/v1.0/tool.tar.gz", Assert.Single(mirror.Hits));
    }

    [Fact]
    public async Task A_wrong_digest_names_both_and_the_URL_and_leaves_nothing()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply(Good));
        var failure = await FailAsync(new string('a', 64), mirror);
        Assert.Equal("artifact.digest-mismatch", failure.Code);
        Assert.All([new string('a', 64), Archives.Sha256(Good), $"{mirror.Url}v1.0/tool.tar.gz"], part => Assert.Contains(part, failure.What, StringComparison.Ordinal));
        Assert.Single(mirror.Hits);
    }

    [Fact]
    public async Task A_body_that_is_cut_short_is_fetched_again()
    {
        await using var mirror = new LoopbackServer((_, count) => new Reply(Good) { CutAfter = count == 1 ? 1000 : null });
        Assert.Equal(2, (await FetchAsync(Archives.Sha256(Good), mirror)).Count);
        Assert.Equal(2, mirror.Hits.Count);
        Assert.Contains(node.Lines, line => line.Contains("download tool 1.0: attempt 1 failed (http.unreachable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_mirror_is_asked_when_the_first_has_something_else()
    {
        await using var wrong = new LoopbackServer((_, _) => new Reply("<html>Log in</html>"u8.ToArray()));
        await using var gone = new LoopbackServer((_, _) => Reply.NotFound);
        await using var right = new LoopbackServer((_, _) => new Reply(Good));
        Assert.Equal(2, (await FetchAsync(Archives.Sha256(Good), wrong, gone, right)).Count);
        Assert.Equal((1, 1, 1), (wrong.Hits.Count, gone.Hits.Count, right.Hits.Count));
    }

    [Fact]
    public async Task A_page_in_place_of_an_archive_is_a_digest_mismatch()
    {
        await using var mirror = new LoopbackServer((_, _) => new Reply("<html>Log in</html>"u8.ToArray()));
        Assert.Equal("artifact.digest-mismatch", (await FailAsync(Archives.Sha256(Good), mirror)).Code);
    }

    [Fact]
    public async Task Bytes_after_the_archive_count_in_the_digest()
    {
        byte[] padded = [.. Good, .. new byte[512]];
        await using var mirror = new LoopbackServer((_, _) => new Reply(padded));
        Assert.Equal("artifact.digest-mismatch", (await FailAsync(Archives.Sha256(Good), mirror)).Code);
        Assert.Equal(2, (await FetchAsync(Archives.Sha256(padded), mirror)).Count);
    }

    public static TheoryData<string, TarEntry> Malicious => new()
    {
        { "..", Archives.File("bin/../../escape", [1]) },
        { "absolute", Archives.File(Outside, [1]) },
        { "symlink", Archives.Link(TarEntryType.SymbolicLink, "bin/tool", "/etc/passwd") },
        { "hard link", Archives.Link(TarEntryType.HardLink, "bin/tool", "/etc/passwd") },
        { "device", Archives.Device("bin/null") },
        { "set-uid", Archives.File("bin/tool", [1], Archives.Executable | UnixFileMode.SetUser) },
        { "set-gid", Archives.File("bin/tool", [1], Archives.Executable | UnixFileMode.SetGroup) },
        { "dot", Archives.File("bin/./tool", [1]) },
        { "twice but for a dot", Archives.File("./bin/good", [2]) },
        { "twice but for the folder", Archives.File("good", [2]) },
        { "fifo", new PaxTarEntry(TarEntryType.Fifo, "bin/tool") },
        { "folder outside", new PaxTarEntry(TarEntryType.Directory, "../escape/") },
        { "long name outside", new GnuTarEntry(TarEntryType.RegularFile, $"{new string('a', 120)}/../../{new string('b', 120)}") { Mode = Archives.Executable } },
        { "long name", Archives.File(new string('a', 300), [1]) },
        { "long name of pax outside", Archives.File($"{new string('a', 120)}/../../escape", [1]) },
        { "holes", new PaxTarEntry(TarEntryType.RegularFile, "tool", new Dictionary<string, string> { ["GNU.sparse.major"] = "1" }) { Mode = Archives.Executable } },
        { "a line break", new GnuTarEntry(TarEntryType.RegularFile, "to\nol") { Mode = Archives.Executable } },
    };

    [Theory]
    [MemberData(nameof(Malicious))]
    public async Task An_archive_that_could_leave_its_folder_is_refused_whole(string what, TarEntry entry)
    {
        var bytes = Archives.TarGzip(Archives.File("bin/good", [1]), entry);
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        var failure = await FailAsync(Archives.Sha256(bytes), mirror);
        Assert.True(failure.Code == "artifact.archive-unsafe", $"{what}: {failure}");
        Assert.False(File.Exists(Outside));
    }

    [Fact]
    public async Task Headers_without_end_are_not_taken_into_memory()
    {
        var comment = new Dictionary<string, string> { ["comment"] = new string('x', 40 << 20) };
        var bytes = Archives.TarGzip(new PaxTarEntry(TarEntryType.RegularFile, "tool", comment) { Mode = Archives.Executable });
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        var failure = await FailAsync(Archives.Sha256(bytes), mirror);
        Assert.Equal("artifact.archive-invalid", failure.Code);
        Assert.Contains("a header in it is longer than 1024 KiB", failure.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_ends_in_the_middle_of_a_program_is_refused()
    {
        var bytes = Archives.Gzip(Archives.Tar(Archives.File("tool", Archives.Noise(5000, 1)))[..3000]);
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        Assert.Equal("artifact.archive-invalid", (await FailAsync(Archives.Sha256(bytes), mirror)).Code);
    }

    [Fact]
    public async Task A_hidden_file_and_those_of_folders_are_no_programs()
    {
        var bytes = Archives.TarGzip(Archives.File(".record.json", [1]), Archives.File("lib/tool", [1]), new PaxTarEntry(TarEntryType.Directory, "./"), Archives.File("tool", [1]));
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        Assert.Equal("tool", Assert.Single(await FetchAsync(Archives.Sha256(bytes), mirror)).Name);
    }

    [Fact]
    public async Task A_name_that_comes_twice_is_refused()
    {
        var bytes = Archives.TarGzip(("bin/tool", [1]), ("./tool", [2]));
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        Assert.Equal("artifact.archive-unsafe", (await FailAsync(Archives.Sha256(bytes), mirror)).Code);
    }

    [Fact]
    public async Task An_archive_without_a_program_is_refused_and_a_wrong_one_is_a_mismatch_first()
    {
        var bytes = Archives.TarGzip(Archives.File("LICENSE", [1], Slipway.Hosting.Modes.Mode644));
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        Assert.Equal("artifact.archive-invalid", (await FailAsync(Archives.Sha256(bytes), mirror)).Code);
        Assert.Equal("artifact.digest-mismatch", (await FailAsync(new string('a', 64), mirror)).Code);
    }

    [Fact]
    public async Task No_damage_to_an_archive_is_anything_but_a_refusal()
    {
        var tar = Archives.Tar(Archives.File("bin/tool", Archives.Noise(3000, 1)), Archives.File("bin/other", [1]));
#pragma warning disable CA5394 // Reproducible, not secret.
        var random = new Random(7);
        for (var i = 0; i < 150; i++)
        {
            var damaged = (byte[])tar.Clone();
            // Headers are where a parser can stumble; gzip around it stays whole, so that the damage gets there.
            for (var hits = 1 + (i % 4); hits > 0; hits--)
            {
                damaged[random.Next(random.Next(2) == 0 ? 512 : damaged.Length)] = (byte)random.Next(256);
            }
            var bytes = Archives.Gzip(damaged);
            await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
            Assert.Equal("artifact.digest-mismatch", (await FailAsync(Archives.Sha256(Good), mirror)).Code);
            var cut = bytes[..random.Next(1, bytes.Length)];
            await using var torn = new LoopbackServer((_, _) => new Reply(cut));
            Assert.StartsWith("artifact.", (await FailAsync(Archives.Sha256(cut), torn)).Code, StringComparison.Ordinal);
        }
#pragma warning restore CA5394
    }

    private Task<IReadOnlyList<StagedProgram>> FetchAsync(string digest, params LoopbackServer[] mirrors) =>
        new Fetch(node.Host, artifact, digest, Supplies.From(null, mirrors.Select(mirror => mirror.Url))).IntoAsync(Staging, Ct);

    private async Task<Failure> FailAsync(string digest, params LoopbackServer[] mirrors)
    {
        var thrown = await Assert.ThrowsAsync<FailureException>(() => FetchAsync(digest, mirrors));
        Assert.DoesNotContain(TreeListing.Of(node.Root), line => line.Contains(" file ", StringComparison.Ordinal) || line.Contains(".staging", StringComparison.Ordinal));
        return thrown.Failure;
    }
}
