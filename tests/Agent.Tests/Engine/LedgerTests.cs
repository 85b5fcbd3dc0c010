using System.Text;
using Slipway.Engine;
using Slipway.Hosting;

namespace Slipway.Tests.Engine;

/// <summary>The ledger survives whatever a power cut does to its end.</summary>
public sealed class LedgerTests : IDisposable
{
    private readonly Node node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    public void It_is_private_and_kept_over_openings()
    {
        Append("a");
        Append("b");
        Assert.Equal(["a", "b"], Ledger.Read(node.Files).Select(entry => entry.Resource));
        Assert.Equal(Modes.Mode600, File.GetUnixFileMode(node[Ledger.FilePath]));
        Assert.Equal(Modes.Mode700, File.GetUnixFileMode(node["/var/lib/slipway"]));
    }

    [Fact]
    public void An_entry_comes_back_as_it_was_written()
    {
        using (var ledger = Ledger.Open(node.Host, "boot-7"))
        {
            ledger.Append(LedgerEvent.Intent, "step", "file:/etc/a", "write \"a\"\nfor good", "sha256:ff 0644");
        }
        var entry = Assert.Single(Ledger.Read(node.Files));
        Assert.Equal((1, "boot-7", LedgerEvent.Intent, "step", "file:/etc/a", "write \"a\"\nfor good", "sha256:ff 0644"),
            (entry.V, entry.Boot, entry.Event, entry.Step, entry.Resource, entry.What, entry.Before));
        Assert.InRange(entry.Time, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public void A_torn_last_line_is_not_read_and_is_cut_off_by_the_next_opening()
    {
        Append("a");
        var whole = File.ReadAllBytes(node[Ledger.FilePath]);
        File.AppendAllText(node[Ledger.FilePath], """{"time":"2026-01-01T00:00:00Z","boot":"b","event":"Int""");
        Assert.Equal(["a"], Ledger.Read(node.Files).Select(entry => entry.Resource));
        Append("b");
        Assert.Equal(["a", "b"], Ledger.Read(node.Files).Select(entry => entry.Resource));
        Assert.Equal(whole, File.ReadAllBytes(node[Ledger.FilePath])[..whole.Length]);
    }

    [Fact]
    public void Any_cut_leaves_every_whole_line()
    {
        for (var i = 0; i < 3; i++)
        {
            Append($"r{i}", new string('x', 100));
        }
        var bytes = File.ReadAllBytes(node[Ledger.FilePath]);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            File.WriteAllBytes(node[Ledger.FilePath], bytes[..cut]);
            var lines = bytes[..cut].Count(b => b == '\n');
            Assert.Equal(lines, Ledger.Read(node.Files).Count);
        }
        File.WriteAllBytes(node[Ledger.FilePath], bytes[..^5]);
        Append("next");
        Assert.Equal(["r0", "r1", "next"], Ledger.Read(node.Files).Select(entry => entry.Resource));
    }

    [Fact]
    public void A_tear_longer_than_a_buffer_is_cut_off_too()
    {
        Append("a");
        File.AppendAllText(node[Ledger.FilePath], new string('z', 200_000));
        Append("b");
        Assert.Equal(["a", "b"], Ledger.Read(node.Files).Select(entry => entry.Resource));
    }

    [Fact]
    public void A_line_of_zeros_does_not_hide_the_others()
    {
        Append("a");
        File.AppendAllText(node[Ledger.FilePath], new string('\0', 50) + "\n", Encoding.ASCII);
        Append("b");
        Assert.Equal(["a", "b"], Ledger.Read(node.Files).Select(entry => entry.Resource));
    }

    [Fact]
    public void Opening_a_whole_ledger_does_not_touch_it()
    {
        Append("a");
        var before = TreeListing.Of(node.Root, times: true);
        Ledger.Open(node.Host, "boot").Dispose();
        Assert.Equal(before, TreeListing.Of(node.Root, times: true));
    }

    [Fact]
    public void A_line_of_an_earlier_version_says_nothing_of_what_was_made()
    {
        Append("a");
        File.WriteAllText(node[Ledger.FilePath], File.ReadAllText(node[Ledger.FilePath]).Replace(",\"after\":\"\"", "", StringComparison.Ordinal));
        Assert.DoesNotContain("after", File.ReadAllText(node[Ledger.FilePath]), StringComparison.Ordinal);
        Assert.Equal("", Assert.Single(Ledger.Read(node.Files)).After);
    }

    [Fact]
    public void What_a_full_disk_took_of_a_line_does_not_spoil_the_next()
    {
        using var disk = Mount.Tmpfs(node["/var/lib/slipway"], "64k");
        using (var ledger = Ledger.Open(node.Host, "boot"))
        {
            disk.Fill(leave: 0);
            Assert.Equal("host.disk-full", Assert.Throws<Slipway.Reporting.FailureException>(() => ledger.Append(LedgerEvent.Intent, "step", "lost", new string('x', 9000))).Failure.Code);
            File.Delete(node["/var/lib/slipway/filler"]);
            ledger.Append(LedgerEvent.Intent, "step", "next");
        }
        Assert.Equal(["next"], Ledger.Read(node.Files).Select(entry => entry.Resource));
    }

    private void Append(string resource, string what = "")
    {
        using var ledger = Ledger.Open(node.Host, "boot");
        ledger.Append(LedgerEvent.Intent, "step", resource, what);
    }
}
