using Slipway.Artifacts;
using Slipway.Reporting;

namespace Slipway.Tests.Artifacts;

/// <summary>A folder that several installs share spares them the network, and is believed no more than the network is.</summary>
public sealed class CacheTests : IDisposable
{
    private static readonly byte[] Program = Archives.Noise(700_000, 1);
    private static readonly byte[] Archive = Archives.TarGzip(("bin/tool", Program));
    private readonly Node node = new();
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cache-").FullName;

    public static TheoryData<bool> Packings => [false, true];

    public void Dispose()
    {
        node.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public async Task What_one_install_has_downloaded_the_next_takes_from_the_folder(bool isArchive)
    {
        var (bytes, digest) = Bytes(isArchive);
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes) { Tag = "\"a\"" });
        await IsRightAsync(isArchive, mirror);
        Assert.Equal(digest, Assert.Single(Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName)));
        Assert.Equal(Slipway.Hosting.Modes.Mode644, File.GetUnixFileMode(Path.Join(folder, digest)));
        await IsRightAsync(isArchive, mirror);
        Assert.Single(mirror.Hits);
        Assert.Equal(bytes, File.ReadAllBytes(Path.Join(folder, digest)));
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public async Task What_is_damaged_in_the_folder_is_told_removed_and_downloaded_anew(bool isArchive)
    {
        var (bytes, digest) = Bytes(isArchive);
        byte[] damaged = [.. bytes];
        damaged[1000] ^= 1;
        File.WriteAllBytes(Path.Join(folder, digest), damaged);
        await using var mirror = new LoopbackServer((_, _) => new Reply(bytes));
        await IsRightAsync(isArchive, mirror);
        Assert.Contains(node.Warnings, line => line.Contains($"{folder}/{digest}", StringComparison.Ordinal) && line.Contains("downloaded anew", StringComparison.Ordinal));
        Assert.Equal(bytes, File.ReadAllBytes(Path.Join(folder, digest)));
    }

    [Fact]
    public void What_others_put_into_the_nodes_own_cache_below_a_folder_stays()
    {
        node.Put("/var/lib/slipway/cache/aaaa.part", "ours");
        node.Put("/var/lib/slipway/cache/mounted/theirs", "theirs");
        ArtifactCache.Clear(node.Host);
        Assert.Equal(["mounted"], node.Files.List("/var/lib/slipway/cache"));
        Assert.Equal("theirs", node.Files.ReadText("/var/lib/slipway/cache/mounted/theirs"));
        Directory.Delete(node["/var/lib/slipway/cache/mounted"], recursive: true);
        ArtifactCache.Clear(node.Host);
        Assert.Empty(node.Files.List("/var/lib/slipway"));
    }

    [Fact]
    public async Task Many_installs_fill_one_folder_at_once()
    {
        var (_, digest) = Bytes(isArchive: false);
        await using var mirror = new LoopbackServer((_, count) => new Reply(Program) { Tag = "\"a\"", CutAfter = count % 3 == 0 ? 300_000 : null });
        var nodes = Enumerable.Range(0, 8).Select(_ => new Node()).ToList();
        try
        {
            await Task.WhenAll(nodes.Select(each => FetchAsync(each, isArchive: false, mirror)));
            Assert.All(nodes, each => Assert.Equal(digest, each.Files.Sha256("/opt/.staging/tool")));
            Assert.Equal(digest, Assert.Single(Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName)));
            Assert.Equal(Program, File.ReadAllBytes(Path.Join(folder, digest)));
        }
        finally
        {
            nodes.ForEach(each => each.Dispose());
        }
    }

    [Fact]
    public async Task What_the_folder_s_disk_cannot_read_is_downloaded()
    {
        var digest = Archives.Sha256(Program);
        // Nothing is mapped at 0: reading there is EIO.
        File.CreateSymbolicLink(Path.Join(folder, digest), "/proc/self/mem");
        await using var mirror = new LoopbackServer((_, _) => new Reply(Program));
        await IsRightAsync(isArchive: false, mirror);
        Assert.Contains(node.Warnings, line => line.Contains($"{folder}/{digest} cannot be read: Input/output error", StringComparison.Ordinal));
        Assert.Equal(Program, File.ReadAllBytes(Path.Join(folder, digest)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_is_added_under_its_own_digest_or_not_at_all(bool isShared)
    {
        var cache = ArtifactCache.Of(node.Host, Supplies.From(null) with { SharedCache = isShared ? folder : null });
        var digest = Archives.Sha256(Program);
        var failure = (await Assert.ThrowsAsync<FailureException>(() => cache.AddAsync(new string('a', 64), new MemoryStream(Program), Ct))).Failure;
        Assert.Equal(("artifact.digest-mismatch", false), (failure.Code, cache.Has(new string('a', 64))));
        await cache.AddAsync(digest, new MemoryStream(Program), Ct);
        Assert.True(cache.Has(digest));
        await using var closed = new LoopbackServer((_, _) => Reply.NotFound);
        var programs = await FetchAsync(node, isArchive: false, closed, isShared);
        Assert.Equal((digest, 0, isShared), (Assert.Single(programs).Sha256, closed.Hits.Count, cache.Has(digest)));
    }

    private static (byte[] Bytes, string Digest) Bytes(bool isArchive) => isArchive ? (Archive, Archives.Sha256(Archive)) : (Program, Archives.Sha256(Program));

    private async Task IsRightAsync(bool isArchive, LoopbackServer mirror)
    {
        var program = Assert.Single(await FetchAsync(node, isArchive, mirror));
        Assert.Equal(("tool", Archives.Sha256(Program)), (program.Name, program.Sha256));
        Assert.Equal(program.Sha256, node.Files.Sha256("/opt/.staging/tool"));
    }

    private Task<IReadOnlyList<StagedProgram>> FetchAsync(Node at, bool isArchive, LoopbackServer mirror, bool isShared = true) => new Fetch(
        at.Host, new Slipway.Artifacts.Artifact("tool", "1.0", "amd64", new Uri("https://upstream.example/tool"), isArchive ? Packing.TarGzip : Packing.Binary),
        Bytes(isArchive).Digest, Supplies.From(null, mirror.Url) with { SharedCache = isShared ? folder : null }).IntoAsync("/opt/.staging", Ct);
}
