using Slipway.Artifacts;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Resources;

namespace Slipway.Tests.Resources;

/// <summary>Installed programs are those that were verified; anything else shows.</summary>
public sealed class BinaryResourceTests : IAsyncDisposable
{
    private const string Bin = "/opt/slipway/tools/1.0/bin";
    private static readonly byte[] Archive = Archives.TarGzip(("tool", Archives.Noise(5000, 1)), ("helper", Archives.Noise(500, 2)));
    private readonly Node node = new();
    private readonly LoopbackServer mirror = new((_, _) => new Reply(Archive));
    private readonly BinaryResource resource;

    public BinaryResourceTests() => resource = VouchedFor(Archives.Sha256(Archive));

    public async ValueTask DisposeAsync()
    {
        await mirror.DisposeAsync();
        node.Dispose();
    }

    [Fact]
    public async Task It_is_installed_once_and_removed_without_a_trace_but_for_what_others_put_there()
    {
        await InstallAsync();
        node.Put($"{Bin}/theirs", "x");
        await resource.RemoveAsync(node.Host, new Trace(""), Ct);
        Assert.Equal(["theirs"], node.Files.List(Bin));
        Assert.Empty(node.Files.List("/opt/slipway/installed"));
    }

    [Theory]
    [InlineData("a byte", false)]
    [InlineData("the size", true)]
    [InlineData("the mode", true)]
    [InlineData("everything", true)]
    [InlineData("the record", true)]
    public async Task A_change_shows(string what, bool quickly)
    {
        await InstallAsync();
        var path = node[$"{Bin}/tool"];
        var time = File.GetLastWriteTimeUtc(path);
        switch (what)
        {
            case "a byte":
                using (var stream = new FileStream(path, FileMode.Open))
                {
                    stream.WriteByte((byte)(Archives.Noise(1, 1)[0] ^ 1));
                }
                File.SetLastWriteTimeUtc(path, time);
                break;
            case "the size":
                File.AppendAllText(path, "x");
                File.SetLastWriteTimeUtc(path, time);
                break;
            case "the mode":
                File.SetUnixFileMode(path, Modes.Mode644);
                break;
            case "the record":
                File.WriteAllText(node["/opt/slipway/installed/tools-1.0@tools-1.0.json"], "{");
                break;
            default:
                File.Delete(path);
                break;
        }
        Assert.Equal(quickly, await InspectAsync(Scrutiny.Quick) is Finding.Differs);
        Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Thorough));
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05Z")]
    [InlineData(null)]
    public async Task Copying_an_image_changes_times_and_means_no_second_download(string? time)
    {
        await InstallAsync();
        var path = node[$"{Bin}/tool"];
        // A tar keeps whole seconds; a plain copy keeps nothing.
        File.SetLastWriteTimeUtc(path, time is null ? new DateTime(File.GetLastWriteTimeUtc(path).Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc)
            : DateTime.Parse(time, System.Globalization.CultureInfo.InvariantCulture).ToUniversalTime());
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Quick));
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Thorough));
    }

    [Fact]
    public async Task Another_digest_of_the_same_version_is_installed_anew()
    {
        await InstallAsync();
        Assert.IsType<Finding.Differs>(await VouchedFor(new string('a', 64)).InspectAsync(node.Host, Scrutiny.Quick, Ct));
    }

    [Fact]
    public async Task What_nobody_vouches_for_is_refused_unless_it_is_there_already()
    {
        var unknown = VouchedFor(null);
        Assert.Equal("artifact.digest-unknown", Assert.IsType<Finding.Refused>(await unknown.InspectAsync(node.Host, Scrutiny.Quick, Ct)).Failure.Code);
        await InstallAsync();
        Assert.IsType<Finding.AsWanted>(await unknown.InspectAsync(node.Host, Scrutiny.Quick, Ct));
    }

    [Fact]
    public async Task Preparing_changes_nothing_that_the_node_uses()
    {
        await resource.PrepareAsync(node.Host, Ct);
        Assert.All(node.Files.List(Bin), name => Assert.StartsWith(".", name, StringComparison.Ordinal));
        Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Quick));
    }

    [Fact]
    public async Task A_foreign_program_at_its_place_is_kept_and_comes_back_with_its_mode()
    {
        node.Put($"{Bin}/tool", "an add-on's", Modes.Mode700);
        var before = await PrepareAndApplyAsync();
        Assert.Contains("tool\tsha256:", before, StringComparison.Ordinal);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Thorough));
        var again = (BinaryResource)Recorded.Of(resource.Id, new Trace(before, resource.After(node.Host)), node.Host)!;
        Assert.Equal("", await again.RemoveAsync(node.Host, new Trace(before), Ct));
        Assert.Equal(["tool"], node.Files.List(Bin));
        Assert.Equal(("an add-on's", Modes.Mode700), (node.Files.ReadText($"{Bin}/tool"), node.Files.Status($"{Bin}/tool")!.Mode));
        Assert.Equal("", await again.RemoveAsync(node.Host, new Trace(before), Ct));
        Assert.Equal(["tool"], node.Files.List(Bin));
    }

    [Fact]
    public async Task The_same_bytes_that_stood_there_before_us_stay()
    {
        Directory.CreateDirectory(node[Bin]);
        await File.WriteAllBytesAsync(node[$"{Bin}/helper"], Archives.Noise(500, 2), Ct);
        File.SetUnixFileMode(node[$"{Bin}/helper"], Modes.Mode755);
        var before = await PrepareAndApplyAsync();
        Assert.Equal("", await resource.RemoveAsync(node.Host, new Trace(before), Ct));
        Assert.Equal(["helper"], node.Files.List(Bin));
    }

    [Fact]
    public async Task What_others_put_over_a_program_since_stays_and_is_told()
    {
        await InstallAsync();
        node.Put($"{Bin}/tool", "an add-on's, newer");
        Assert.Equal($"{Bin}/tool changed since", await resource.RemoveAsync(node.Host, new Trace(""), Ct));
        Assert.Equal(["tool"], node.Files.List(Bin));
    }

    [Fact]
    public async Task What_others_put_over_a_program_and_a_repair_replaced_comes_back()
    {
        await InstallAsync();
        node.Put($"{Bin}/tool", "an add-on's, newer");
        var before = await PrepareAndApplyAsync();
        Assert.Equal("", await resource.RemoveAsync(node.Host, new Trace("") { Befores = ["", before] }, Ct));
        Assert.Equal("an add-on's, newer", node.Files.ReadText($"{Bin}/tool"));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("the engine discards what was prepared")]
    [InlineData("the next run prepares again")]
    [InlineData("the next run is cut off as well")]
    public async Task Cut_off_between_two_programs_removal_still_knows_them_and_what_they_replaced(string then)
    {
        node.Put($"{Bin}/tool", "an add-on's", Modes.Mode700);
        // The second of the two: cannot be replaced by a file.
        node.Put($"{Bin}/helper/x", "");
        var befores = new List<string>();
        await CutOffAsync();
        switch (then)
        {
            case "the engine discards what was prepared":
                resource.Discard(node.Host);
                break;
            case "the next run prepares again":
                await resource.PrepareAsync(node.Host, Ct);
                break;
            case "the next run is cut off as well":
                await CutOffAsync();
                break;
            default:
                break;
        }
        Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Quick));
        var again = (BinaryResource)Recorded.Of(resource.Id, new Trace(befores[0], resource.Expected), node.Host)!;
        Directory.Delete(node[$"{Bin}/helper"], recursive: true);
        Assert.Equal("", await again.RemoveAsync(node.Host, new Trace(befores[0]) { Befores = befores }, Ct));
        Assert.Equal(["tool"], node.Files.List(Bin));
        Assert.Equal("an add-on's", node.Files.ReadText($"{Bin}/tool"));
        Assert.Empty(node.Files.List("/opt/slipway/installed"));

        async Task CutOffAsync()
        {
            var differs = Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Quick));
            await resource.PrepareAsync(node.Host, Ct);
            befores.Add(resource.Before(node.Host, differs));
            await Assert.ThrowsAsync<Slipway.Reporting.FailureException>(() => resource.ApplyAsync(node.Host, Ct));
            Assert.Equal(Archives.Noise(5000, 1), node.Files.ReadBytes($"{Bin}/tool"));
        }
    }

    [Fact]
    public async Task Cut_off_between_the_record_and_tidying_up_nothing_is_installed_anew()
    {
        await InstallAsync();
        var record = "/opt/slipway/installed/tools-1.0@tools-1.0";
        File.Copy(node[record + ".json"], node[record + ".pending"]);
        var asked = mirror.Requests.Count;
        await PrepareAndApplyAsync();
        Assert.Equal(asked, mirror.Requests.Count);
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Quick));
        Assert.Equal(["tools-1.0@tools-1.0.json"], node.Files.List("/opt/slipway/installed"));
    }

    [Fact]
    public async Task What_was_replaced_comes_back_also_when_every_record_is_lost()
    {
        node.Put($"{Bin}/tool", "an add-on's");
        var before = await PrepareAndApplyAsync();
        Directory.Delete(node["/opt/slipway/installed"], recursive: true);
        var why = await resource.RemoveAsync(node.Host, new Trace(before), Ct);
        Assert.Matches("^/opt/slipway/tools/1.0/bin/tool changed since; what stood there before is kept as /var/lib/slipway/replaced/[0-9a-f]{64}$", why);
        node.Files.Delete($"{Bin}/tool");
        Assert.Equal("", await resource.RemoveAsync(node.Host, new Trace(before), Ct));
        Assert.Equal("an add-on's", node.Files.ReadText($"{Bin}/tool"));
    }

    private async Task<string> PrepareAndApplyAsync()
    {
        var differs = Assert.IsType<Finding.Differs>(await InspectAsync(Scrutiny.Thorough));
        await resource.PrepareAsync(node.Host, Ct);
        var before = resource.Before(node.Host, differs);
        await resource.ApplyAsync(node.Host, Ct);
        return before;
    }

    private BinaryResource VouchedFor(string? sha256)
    {
        var artifact = new Slipway.Artifacts.Artifact("tools", "1.0", "amd64", new Uri("https://upstream.example/tools.tgz"), Packing.TarGzip);
        return new BinaryResource(artifact, Bin, Supplies.From(Supplies.Lock(artifact, sha256), mirror.Url));
    }

    private Task<Finding> InspectAsync(Scrutiny scrutiny) => resource.InspectAsync(node.Host, scrutiny, Ct);

    private async Task InstallAsync()
    {
        await resource.PrepareAsync(node.Host, Ct);
        await resource.ApplyAsync(node.Host, Ct);
        Assert.Equal(["helper", "tool"], node.Files.List(Bin));
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Quick));
        Assert.IsType<Finding.AsWanted>(await InspectAsync(Scrutiny.Thorough));
    }
}
